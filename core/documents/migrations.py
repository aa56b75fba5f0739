"""Plan files of older versions, brought to the present one step at a time.

Version 1 holds what the calculator of 2020 asks, all of it flat beside format and version, and
no answers. Version 2 holds a whole `PlanRequest`, the answers when it was saved, and the
person's own law and profile. The file itself stays as it is until it is saved again.
"""

from collections.abc import Callable

from core.laws.reading import Fields

VERSION = 2
Document = dict[str, object]

_ASKED_1 = (
    *("by", "value", "gpu", "precision", "law"),
    *("price_usd_per_gpu_hour", "measured_watts", "carbon_kg_per_kwh"),
)
# what a plan of 2020 meant by saying nothing; written out, for defaults may change one day
_MEANT_1: Document = {
    **dict.fromkeys(("family", "vocab", "seq_len", "stack", "phi", "micro_batch", "recompute")),
    **dict.fromkeys(("sharding", "tp", "pp", "optimizer", "batch_tokens", "provider", "zone")),
    **dict.fromkeys(("load_factor", "host_share", "pue", "unique_tokens", "deadline_hours")),
    **dict.fromkeys(("cap_usd", "cap_kwh", "cap_co2_kg")),
    "flat_tolerance": 0.005,
    "speed": "auto",
    "n_gpus": 1,
    "gpus_per_node": 8,
    "goodput": 1.0,
    "spot": False,
    "idle_hours": 0.0,
    "storage_gb_months": 0.0,
    "usd_per_gb_month": 0.02,
    "inference_tokens": 0.0,
}


def _from_1(old: Fields) -> Document:
    refuse_unknown(old, ("format", "version", "saved_with", *_ASKED_1))
    for name in ("by", "value", "gpu"):
        if not old.has(name):
            old.refuse(name, "given")
    usual: Document = {"precision": "O0", "law": "txl-wikitext103"}
    asked = {name: old.values.get(name, usual.get(name)) for name in _ASKED_1}
    return {
        "format": old.values["format"],
        "version": 2,
        "saved_with": old.values.get("saved_with", ""),
        "request": {**asked, **_MEANT_1},
        "answers": {},
        "embedded": {},
    }


STEPS: dict[int, Callable[[Fields], Document]] = {1: _from_1}
"""By version: what makes a document of it one of the next."""


def migrated(document: Fields, version: int) -> Fields:
    """The document in the present version.

    Raises:
        InputError: it is not what its version says; the field is named.
    """
    while version < VERSION:
        document = Fields(STEPS[version](document), document.file)
        version += 1
    return document


def refuse_unknown(fields: Fields, known: tuple[str, ...]) -> None:
    """Refuse a name that the format does not have: it may be one that was meant otherwise.

    Raises:
        InputError: there is one.
    """
    for name in fields.values:
        if name not in known:
            shown = "".join(c if c.isprintable() else "?" for c in name[:60])
            Fields({shown: fields.values[name]}, fields.file, fields.place).refuse(
                shown, f"absent: the fields are {', '.join(known)}"
            )
