"""What the bundle runs: the same as the ``isoloss`` command."""

import sys

from gui.__main__ import main

sys.exit(main())
