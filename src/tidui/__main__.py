"""`python -m tidui` is the command `tidui`."""

import sys

from tidui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
