"""``python -m sketchpose``: the same as the command ``sketchpose``."""

import sys

from sketchpose.cli import main

if __name__ == "__main__":
    sys.exit(main())
