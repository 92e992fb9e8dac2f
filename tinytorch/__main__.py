"""`python -m tinytorch` is the same as the command `tinytorch`."""

import sys

from tinytorch.cli import main

sys.exit(main())
