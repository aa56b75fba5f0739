"""What the bundle runs: the same as the ``isoloss`` command."""

import sys

from core.bundle import restore_environment
from gui.__main__ import main

restore_environment()
sys.exit(main())
