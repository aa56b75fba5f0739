"""Sentences about memory for people."""

from core.families.architecture import Recompute
from core.memory.model import Memory
from core.messages import QT_TRANSLATE_NOOP, Message
from core.quantities import format_number
from core.training import Setup

# exactly the published llm-foundry runs with both were 8 to 29 % slower than their neighbours
_CROWDED_STATES, _CROWDED_FILL = 0.55, 0.91


def warnings_of(
    memory: Memory, setup: Setup, helped_by: Recompute | None = None
) -> tuple[Message, ...]:
    """What to tell about one setup: it does not fit, fits only recomputed, is near full.

    Args:
        memory: of ``setup`` and one model.
        setup: whose device is asked.
        helped_by: recomputation with which the same would fit.
    """
    device = setup.gpu
    fill = float(memory.fill(device))
    places = {
        "gpu": device.name,
        "needed": format_number(float(memory.reserved), 3),
        "memory": format_number(device.memory_gib, 3),
        "percent": format_number(100 * fill, 3),
    }
    found = []
    if not memory.fits(device) and helped_by is not None:
        template = QT_TRANSLATE_NOOP(
            "core",
            "Fits {gpu} with {memory} GiB only with {recompute} recomputation: without it, "
            "{needed} GiB are needed, and no more than 90 % can be counted on.",
        )
        places["recompute"] = str(helped_by.value)
        found.append(Message("fits_recomputed", template, places))
    elif not memory.fits(device):
        template = QT_TRANSLATE_NOOP(
            "core",
            "Does not fit: it needs {needed} GiB, {percent} % of {gpu} with {memory} GiB, and no "
            "more than 90 % can be counted on.",
        )
        found.append(Message("does_not_fit", template, places))
    crowded = float(memory.states) > _CROWDED_STATES * device.memory_gib
    if crowded and _CROWDED_FILL <= fill <= 1:
        template = QT_TRANSLATE_NOOP(
            "core",
            "Memory is near full: {percent} % of {gpu}, most of it weights and optimizer states. "
            "Published runs like this were 8 to 29 % slower.",
        )
        found.append(Message("near_full", template, places))
    return tuple(found)
