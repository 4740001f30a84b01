"""The References tab: a pose goes in, pictures of people in that pose come out."""
