"""The web app's tabs and the keypoint editor, a Gradio component that other apps can use too.

>>> import gradio as gr
>>> from annotator import EditorValue, KeypointEditor
>>> with gr.Blocks() as demo:
...     editor = KeypointEditor(EditorValue.of_picture("drawing.png", poses))
...     editor.input(lambda value: print(value.poses), editor)
"""

from annotator.editor.component import KeypointEditor
from annotator.editor.value import EditedPerson, EditorValue

__all__ = ["EditedPerson", "EditorValue", "KeypointEditor"]
