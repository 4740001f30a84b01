"""The mannequin in a drawing's pose, beside the results and below the editor: made when it is looked at, not before."""
