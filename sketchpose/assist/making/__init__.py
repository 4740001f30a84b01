"""How the network of assisted correction is made: ``lessons`` gathers what to learn from, ``learn`` learns."""
