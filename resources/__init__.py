"""Data and pictures that ship with Isoloss; no code but `path`."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """Return the place of a resource on disk.

    It is the same from a source tree, an installed wheel and a frozen bundle: each keeps
    the data files beside this module.

    Args:
        name: place below this folder, with forward slashes, such as ``icons/isoloss.svg``.

    Raises:
        FileNotFoundError: when there is no such resource; the message names it.
    """
    found = _ROOT.joinpath(*name.split("/"))
    if not found.exists():
        raise FileNotFoundError(f"missing resource: {name} (looked for {found})")
    return found
