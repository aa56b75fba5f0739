"""Where Isoloss keeps what belongs to plan files but is not one of them."""

from pathlib import Path

from core.hardware.tables import user_folder


def embedded_folder() -> Path:
    """Laws and profiles that came inside of plan files, named by their content."""
    return user_folder() / "embedded"


def autosave_folder() -> Path:
    """Unsaved plans of running windows, and of those that ended without closing."""
    return user_folder() / "autosave"
