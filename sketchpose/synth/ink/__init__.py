"""Strokes on paper: the pen, the line it leaves, the sheet, and the camera that photographs it."""
