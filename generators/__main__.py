"""`python -m generators`."""

import sys

if __name__ == "__main__":
    try:
        from generators.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # before the command line could handle it
        sys.exit(130)
