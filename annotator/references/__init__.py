"""The References tab: a pose goes in, pictures in that pose come out, from the shipped gallery or the visitor's."""
