"""The keypoint editor as a Gradio component: its value, its presets and its script.

``annotator`` exports the component and its value.
"""
