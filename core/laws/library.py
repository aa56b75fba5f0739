"""The laws that a plan can be made with: shipped ones by id, a person's own by file."""

from functools import cache, lru_cache
from pathlib import Path

from core.errors import InputError
from core.laws.data_constrained import DataConstrainedLaw
from core.laws.frontier import FrontierLaw
from core.laws.kaplan import KaplanFrontier
from core.laws.law_file import SUFFIX, load_law
from core.laws.parametric import ParametricLaw
from core.laws.published import library

DEFAULT_LAW = "txl-wikitext103"


@cache
def laws() -> dict[str, FrontierLaw]:
    """Every shipped law that gives loss and size, by id; the default first, then by runs kept."""
    found = [
        law if isinstance(law, FrontierLaw) else law.frontier()
        for law in library().values()
        if isinstance(law, FrontierLaw | ParametricLaw | DataConstrainedLaw | KaplanFrontier)
    ]
    return {law.id: law for law in sorted(found, key=_default_first)}


def find_law(name: str) -> FrontierLaw:
    """The law called ``name``: an id, or the path of a file that `law_file` reads.

    The law of a file has its path for an id.

    Raises:
        InputError: there is none; the message lists what there is, or says what is wrong with
            the file.
    """
    law = laws().get(name)
    if law is not None:
        return law
    if is_law_file(name):
        return _from_file(name, law_stamp(name))
    raise InputError("law", name, f"one of {', '.join(laws())} or a {SUFFIX} file")


def is_law_file(name: str) -> bool:
    """Whether ``name`` is meant as a file: it ends like one, or there is one."""
    if name.endswith(SUFFIX):
        return True
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def law_stamp(name: str) -> tuple[int, int] | None:
    """What changes when the file of a law does; None for a law that is no file."""
    if name in laws():
        return None
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=16)
def _from_file(name: str, stamp: tuple[int, int] | None) -> FrontierLaw:
    """The law of a file, read again when ``stamp`` says that it is another."""
    return load_law(Path(name)).frontier()


def _default_first(law: FrontierLaw) -> tuple[bool, bool, str]:
    return law.id != DEFAULT_LAW, law.runs_file is None, law.id
