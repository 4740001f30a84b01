"""The dataset on the Hugging Face Hub: one repository, what is known of its last push, and the loop that syncs it."""
