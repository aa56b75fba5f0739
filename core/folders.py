"""Where Isoloss keeps what is a person's: data, settings, logs. Nothing else is ever written to.

`ISOLOSS_DATA` moves all of them into one folder. Older versions kept two of them elsewhere; where
such a folder is, it stays in use.
"""

import os
import sys
from pathlib import Path

FOLDER_VARIABLE = "ISOLOSS_DATA"
_NOWHERE = Path(os.devnull) / "isoloss"  # no home at all: nothing to read, nowhere to write


def data_folder() -> Path:
    """A person's own rows, profiles and laws."""
    if given := _given():
        return given
    if sys.platform == "win32":
        older = _found("user_data_path", roaming=True)
        if older.is_dir():
            return older
    return _found("user_data_path")


def config_folder() -> Path:
    """What the window remembers."""
    if given := _given():
        return given
    if sys.platform == "darwin":
        older = home_folder() / "Library" / "Preferences" / "isoloss"
        if older.is_dir():
            return older
    return _found("user_config_path")


def log_folder() -> Path:
    """What is written when something goes wrong."""
    given = _given()
    return given / "log" if given else _found("user_log_path")


def home_folder() -> Path:
    """The person's home; a folder that cannot be where nobody says which it is."""
    try:
        return Path.home()
    except RuntimeError:
        return _NOWHERE


def _given() -> Path | None:
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else None


def _found(kind: str, *, roaming: bool = False) -> Path:
    """What the system says, under the name that folders have on it."""
    import platformdirs

    name = "Isoloss" if sys.platform in ("win32", "darwin") else "isoloss"
    try:
        dirs = platformdirs.PlatformDirs(name, appauthor=False, roaming=roaming)
        return Path(getattr(dirs, kind))
    except RuntimeError:  # no home
        return _NOWHERE
