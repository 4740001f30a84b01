"""The dataset on the Hugging Face Hub: one repository, what of it is known here, and the loop that syncs it."""
