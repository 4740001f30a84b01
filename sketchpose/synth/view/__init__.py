"""From three dimensions to the sheet: camera, visibility, contours and the figure that styles draw from."""
