"""Galleries: pictures of people with their poses on disk, how they are indexed, and where their originals lie."""
