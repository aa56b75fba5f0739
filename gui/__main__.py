"""The ``isoloss`` command: the window when it is called alone, the command line otherwise."""

import sys
from pathlib import Path

from core import cli


def main(argv: list[str] | None = None) -> int:
    """Run Isoloss and return the exit status; Qt is imported only for the window."""
    argv = sys.argv[1:] if argv is None else argv
    if argv == ["--self-test"]:
        return self_test()
    return cli.main(argv, open_window=open_window)


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


def self_test() -> int:
    """Say of every part whether it works here; returns 1 if one does not."""
    from core import self_test as of_core
    from gui.self_test import CHECKS

    def write(line: str) -> None:
        if sys.stdout is not None:  # a windowed program on Windows has none
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    return 0 if of_core.run(write, CHECKS) else 1


if __name__ == "__main__":
    sys.exit(main())
