"""`python -m gptlab_tui` is `gptlab`."""

import sys

from gptlab_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
