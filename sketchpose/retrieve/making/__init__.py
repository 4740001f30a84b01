"""What made the shipped gallery and the learnt embedding; nothing here runs when somebody searches."""
