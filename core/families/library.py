"""The families that there are."""

from core.errors import InputError
from core.families import gpt2, llama, transformer_xl
from core.families.family import Family

_ALL: tuple[Family, ...] = (gpt2.MODEL_FAMILY, llama.MODEL_FAMILY, transformer_xl.MODEL_FAMILY)
_FAMILIES = {family.id: family for family in _ALL}


def families() -> dict[str, Family]:
    """Every family by id."""
    return dict(_FAMILIES)


def find_family(name: str) -> Family:
    """The family called ``name`` by id or name, whatever the case.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    wanted = name.strip().casefold()
    for family in _FAMILIES.values():
        if wanted in (family.id, family.name.casefold()):
            return family
    raise InputError("family", name, f"one of {', '.join(_FAMILIES)}")
