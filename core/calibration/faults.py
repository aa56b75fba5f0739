"""Why a calibration did not come to its end, in words."""

from collections.abc import Sequence

from core.calibration.lock import Holder
from core.calibration.messages import Skipped
from core.messages import QT_TRANSLATE_NOOP, Message

_TEMPLATES = {
    "torch_missing": QT_TRANSLATE_NOOP("core", "This Python has no PyTorch."),
    "torch_broken": QT_TRANSLATE_NOOP("core", "PyTorch does not start in this Python: {detail}"),
    "torch_too_old": QT_TRANSLATE_NOOP(
        "core", "PyTorch {detail} is too old; 2.1 or newer is needed."
    ),
    "python_too_old": QT_TRANSLATE_NOOP(
        "core", "{python} is too old; Python 3.8 or newer is needed."
    ),
    "cpu_only_torch": QT_TRANSLATE_NOOP(
        "core",
        "PyTorch {detail} in this Python was built for the CPU only; choose another Python, or "
        "the CPU as the device.",
    ),
    "no_device": QT_TRANSLATE_NOOP("core", "PyTorch finds no such device: {detail}."),
    "no_precision": QT_TRANSLATE_NOOP(
        "core", "The device cannot train in this precision: {detail}."
    ),
    "cancelled": QT_TRANSLATE_NOOP("core", "Stopped; what was measured until then is kept."),
    "hang": QT_TRANSLATE_NOOP(
        "core", "Nothing came for {seconds} s, so the measurement was ended ({doing})."
    ),
    "too_long": QT_TRANSLATE_NOOP(
        "core", "It took more than {seconds} s in all, so the measurement was ended."
    ),
    "killed": QT_TRANSLATE_NOOP("core", "The measurement was ended by signal {signal}."),
    "crashed": QT_TRANSLATE_NOOP(
        "core", "The measurement ended with exit status {status}: {detail}"
    ),
    "not_started": QT_TRANSLATE_NOOP("core", "{python} cannot be started: {detail}"),
    "not_the_probe": QT_TRANSLATE_NOOP("core", "{python} did not run the measurement: {detail}"),
    "busy": QT_TRANSLATE_NOOP(
        "core",
        "Another calibration of {device} runs since {since} (process {pid}); wait until it ends, "
        "or cancel it.",
    ),
    "no_folder": QT_TRANSLATE_NOOP("core", "Your data folder cannot be written to: {detail}"),
    "too_much": QT_TRANSLATE_NOOP(
        "core", "It printed more than a calibration can, so the measurement was ended: {detail}"
    ),
    "refused": QT_TRANSLATE_NOOP("core", "The job was refused: {detail}"),
    "ended_by_scheduler": QT_TRANSLATE_NOOP(
        "core", "The scheduler ended the job ({status}). {detail}"
    ),
    "nothing_left": QT_TRANSLATE_NOOP(
        "core",
        "The job ended and left nothing; do the nodes see this folder, and the Python? {detail}",
    ),
    "bad_result": QT_TRANSLATE_NOOP("core", "What the job left cannot be used: {detail}"),
    "nothing_measured": QT_TRANSLATE_NOOP("core", "Not one point could be measured: {detail}"),
    "nothing_in_time": QT_TRANSLATE_NOOP(
        "core", "Not one point could be measured in that time: allow more minutes."
    ),
    "nothing_fits": QT_TRANSLATE_NOOP(
        "core",
        "Not one point fits into the memory that is free: does another program use the device?",
    ),
    "not_saved": QT_TRANSLATE_NOOP(
        "core", "What was measured could not be saved: {detail} Save it to another place."
    ),
}
CODES = tuple(_TEMPLATES)


def fault(code: str, **parts: str) -> Message:
    """The sentence about a fault; one that is not known is told as a crash.

    Args:
        code: one of `CODES`.
        parts: what the sentence names; what is not given stays empty.
    """
    if code not in _TEMPLATES:
        return fault("crashed", status="?", detail=f"{code} {parts.get('detail', '')}".strip())
    names = ("detail", "seconds", "doing", "signal", "status", "python", "device", "since", "pid")
    return Message(code, _TEMPLATES[code], {name: parts.get(name, "") for name in names})


def nothing_measured(skipped: Sequence[Skipped]) -> Message:
    """Not one point could be measured, by what the first of them met."""
    first = next((one for one in skipped if one.kind == "step"), None)
    if first is None:
        return fault("nothing_measured")
    codes = {"time": "nothing_in_time", "out_of_memory": "nothing_fits"}
    return fault(codes.get(first.reason, "nothing_measured"), detail=first.detail or first.reason)


def busy(holder: Holder) -> Message:
    """Somebody else calibrates."""
    device = holder.device or "?"
    return fault("busy", device=device, since=holder.since or "?", pid=str(holder.pid or "?"))
