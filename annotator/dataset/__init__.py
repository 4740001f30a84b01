"""The Dataset tab: the drawings that were saved, their review, statistics, files, and the training they feed."""
