"""How the weights came about: never imported by the rest."""
