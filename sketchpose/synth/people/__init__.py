"""The people who are drawn: body, proportions, poses, contacts and clothes, in three dimensions."""
