"""The app as a folder of its own, made by PyInstaller: what differs there.

Its boot loader finds our libraries through variables that every program which we start would
inherit, and then load our libraries instead of its own: it puts the bundle before
``LD_LIBRARY_PATH`` (and keeps what was there in ``LD_LIBRARY_PATH_ORIG``), and Qt's hook sets
``QT_PLUGIN_PATH`` (PyInstaller manual, "Common Issues and Pitfalls", launching external programs).
"""

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

LIBRARY_PATHS = ("LD_LIBRARY_PATH", "LIBPATH", "DYLD_LIBRARY_PATH")
_MARKS = ("_PYI_", "_MEIPASS")
_QT_PATHS = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")  # Qt finds ours by itself


def bundle_folder() -> Path | None:
    """Where a frozen app's own libraries lie; None if this one is not frozen."""
    folder = getattr(sys, "_MEIPASS", None)
    return Path(folder) if getattr(sys, "frozen", False) and folder else None


def restore_environment(
    environ: MutableMapping[str, str] | None = None, bundle: Path | None = None
) -> None:
    """Take the bundle's marks out of the environment: a browser that we open inherits it.

    The loader of libraries has read it before we run, so nothing changes for this process.
    ``..._ORIG`` stay, for `core.calibration.child.clean_environment`.

    Args:
        environ: to change; default this process's.
        bundle: the frozen app's folder; default `bundle_folder`.
    """
    environ = os.environ if environ is None else environ
    bundle = bundle or bundle_folder()
    for name in list(environ):
        if name.startswith(_MARKS) or name in _QT_PATHS:
            del environ[name]
    for name in LIBRARY_PATHS:
        folders = environ.pop(name, "")
        kept = environ.get(f"{name}_ORIG") or os.pathsep.join(
            part
            for part in folders.split(os.pathsep)
            if part and not (bundle and Path(part).is_relative_to(bundle))
        )
        if kept:
            environ[name] = kept
