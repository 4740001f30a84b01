"""Training the keypoint network on synthetic and real drawings."""
