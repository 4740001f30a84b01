"""The keypoint editor as a Gradio component: its value, its presets and the JavaScript it runs in the page.

Exports nothing of its own; ``annotator`` names the component and its value.
"""
