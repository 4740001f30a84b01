"""How the shipped gallery and the learned embedding were made; searching needs none of it."""
