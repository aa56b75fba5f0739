"""What the calibrate view says of Pythons, steps and profiles."""

import math
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.calibration.messages import Stack, StepMeasurement
from core.calibration.predictions import Prediction
from core.calibration.pythons import Origin, TorchDevice, TorchPython
from core.errors import InputError
from core.folders import home_folder
from core.messages import Message
from core.quantities import format_number
from gui.plots.calibration_plot import Look, Point
from gui.translate import translated
from gui.views.fit.data_card import refusal_text

translate = QCoreApplication.translate

_SYSTEM = ("", "usr", "local")  # what holds many programs names none
_WHOLE = 9.95  # per cent, from which on tenths say nothing
_MINUTE = 60
PERCENT = "\u00a0%"


def problem_text(problem: Message | InputError) -> str:
    """What went wrong, as a sentence."""
    return translated(problem) if isinstance(problem, Message) else refusal_text(problem)


def percent(share: float, digits: int = 2) -> str:
    """``0.0213`` -> ``2.1 %``."""
    return f"{format_number(100 * share, digits)}{PERCENT}"


def signed_percent(share: float) -> str:
    """``-0.021`` -> ``−2.1 %``, a tenth being the finest."""
    size = abs(100 * share)
    written = f"{size:.1f}" if size < _WHOLE else f"{size:.0f}"
    sign = "" if float(written) == 0 else "+" if share > 0 else "−"
    return f"{sign}{written}{PERCENT}"


def left_text(seconds: float) -> str:
    """Time left, no finer than anybody can tell: ``45 s``, ``2 min``."""
    if seconds < _MINUTE:
        return translate("Calibrate", "{0} s").format(max(1, round(seconds)))
    return translate("Calibrate", "{0} min").format(math.ceil(seconds / _MINUTE))


def rate_text(tokens_per_s: float) -> str:
    """A speed without its unit: ``12,300``."""
    return format_number(tokens_per_s, 3)


def stack_text(stack: Stack | str) -> str:
    """The name of a measured program."""
    if stack == Stack.TXL:
        return translate("Calibrate", "Transformer-XL of 2020")
    return translate("Calibrate", "modern decoder")


def shape_text(step: StepMeasurement) -> str:
    """Layers and width."""
    return f"{step.n_layers} × {step.d_model}"


def batch_text(step: StepMeasurement) -> str:
    """Sequences and their length."""
    return f"{step.micro_batch} × {step.seq_len}"


def reasons_text(point: Prediction) -> str:
    """Why a person should look at a point."""
    return "; ".join(translated(reason) for reason in point.reasons)


def python_name(python: TorchPython) -> str:
    """The environment of an interpreter in a word or two."""
    if python.origin is Origin.MANAGED:
        return translate("Calibrate", "set up by Isoloss")
    if python.origin is Origin.APP:
        return translate("Calibrate", "the app's own")
    folder = python.path.parent
    if folder.name in ("bin", "Scripts"):
        folder = folder.parent
    return folder.name if folder.name not in _SYSTEM else str(python.path)


def python_text(python: TorchPython) -> str:
    """A line of the list."""
    name = python_name(python)
    if python.is_usable:
        return translate("Calibrate", "PyTorch {0}, {1}").format(python.torch, name)
    code = "" if python.problem is None else python.problem.code
    if code == "torch_missing":
        return translate("Calibrate", "no PyTorch: {0}").format(name)
    if code == "torch_too_old":
        return translate("Calibrate", "PyTorch too old: {0}").format(name)
    return translate("Calibrate", "cannot be used: {0}").format(name)


def device_text(device: TorchDevice) -> str:
    """A device without its maker's name, which the note under it has."""
    short = device.name.removeprefix("NVIDIA ").removeprefix("GeForce ").strip()
    return short or device.device


def device_note(device: TorchDevice) -> str:
    """All that is known of a device."""
    parts = [device.name, device.device]
    if device.memory_bytes:
        parts.append(size_text(device.memory_bytes))
    return " · ".join(part for part in parts if part)


def short_path(path: Path) -> str:
    """A path with the home folder as a tilde."""
    try:
        return f"~/{path.relative_to(home_folder()).as_posix()}"
    except ValueError:
        return str(path)


def size_text(n_bytes: float) -> str:
    """Bytes as people say them."""
    if n_bytes < 1e9:
        return translate("Calibrate", "{0} MB").format(format_number(n_bytes / 1e6, 2))
    return translate("Calibrate", "{0} GB").format(format_number(n_bytes / 1e9, 2))


def look_of(point: Prediction, excluded: frozenset[int] = frozenset()) -> Look:
    """How a point is drawn."""
    if point.is_excluded or point.place in excluded:
        return "excluded"
    if point.tokens_per_s is None:
        return "unknown"
    return "doubtful" if point.is_misfit else "fitted"


def drawn(point: Prediction, excluded: frozenset[int] = frozenset()) -> Point:
    """A point with what its read-out says."""
    step = point.step
    measured = translate("Calibrate", "measured {0} tokens/s").format(rate_text(step.tokens_per_s))
    texts = [
        translate("Calibrate", "{0}, {1} tokens").format(shape_text(step), batch_text(step)),
        measured,
    ]
    if point.tokens_per_s is None or point.error is None:
        texts.append(translate("Calibrate", "not predicted yet"))
    else:
        texts[1] = translate("Calibrate", "{0} · predicted {1}").format(
            measured, rate_text(point.tokens_per_s)
        )
        texts.append(translate("Calibrate", "{0} off").format(signed_percent(point.error)))
    look = look_of(point, excluded)
    if look == "excluded":
        texts.append(translate("Calibrate", "left out of the fit"))
    elif point.reasons:
        texts.append(reasons_text(point))
    return Point(step.tokens_per_s, point.tokens_per_s, look, tuple(texts))
