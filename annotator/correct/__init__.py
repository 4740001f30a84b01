"""The Correct tab: the session around the editor, what a drawing says about itself, and where saved work goes."""
