"""`python -m samuel` is the command `samuel`."""

import sys

from samuel.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
