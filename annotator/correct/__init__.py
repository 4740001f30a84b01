"""The Correct tab: the session around the editor, what is asked about a drawing, and where saved work is kept."""
