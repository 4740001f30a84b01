"""Trainings that run beside the app, one at a time, in a process of their own that outlives a reload."""
