"""The ``isoloss`` command: the window when it is called alone, the command line otherwise."""

import sys
from pathlib import Path

from core import cli


def main(argv: list[str] | None = None) -> int:
    """Run Isoloss and return the exit status; Qt is imported only for the window."""
    return cli.main(sys.argv[1:] if argv is None else argv, open_window=open_window)


def open_window(path: Path | None = None) -> int:
    """Open the main window and run until it is closed.

    Args:
        path: of a plan file to open in it.

    Raises:
        core.cli.NoDisplayError: there is no display, or Qt cannot be loaded; says why.
    """
    import gc

    gc.disable()  # what a start makes stays; `gui.app.run` turns it on again
    from gui.display import require_display

    require_display()
    from gui.app import run

    return run(path)


if __name__ == "__main__":
    sys.exit(main())
