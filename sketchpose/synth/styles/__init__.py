"""The ways of drawing, one module each, and the table that weighs them."""
