"""Why a request has no plan, in words that say what would have one."""

import numpy as np

from core.errors import InputError
from core.messages import QT_TRANSLATE_NOOP, Message
from core.ops import FloatArray
from core.planner.joint.limits import Limit
from core.planner.joint.setting import Setting
from core.planner.joint.sizes import Sizes
from core.planner.request import By
from core.quantities import format_number

LEAST_TOKENS = 1.0
_ENDLESS_TOKENS = 1e20
TOO_SMALL = QT_TRANSLATE_NOOP("core", "more: it pays for no model of {params} parameters")
TOO_LARGE = QT_TRANSLATE_NOOP("core", "less: the best size would be over {params} parameters")
UNAFFORDABLE = QT_TRANSLATE_NOOP("core", "more: this takes {needed} {unit} at least")
NO_MODEL = QT_TRANSLATE_NOOP(
    "core", "between {least}, which no model on this hardware goes below, and {most}"
)
NOTHING_FITS = QT_TRANSLATE_NOOP(
    "core", "more GPUs, or GPUs with more memory: no model of this family fits"
)
BATCH_TOO_LARGE = QT_TRANSLATE_NOOP(
    "core", "smaller: with so many sequences no model of this family fits"
)
SIZE_UNFIT = QT_TRANSLATE_NOOP("core", "more: {params} parameters do not fit")
TOO_FEW_LAYERS = QT_TRANSLATE_NOOP(
    "core", "less: {params} parameters have {layers} layers, one for each stage at least"
)


def nothing_fits(setting: Setting) -> InputError:
    """No size at all fits."""
    own = setting.request.micro_batch
    if own is not None:
        return InputError("micro_batch", own, Message("batch_too_large", BATCH_TOO_LARGE))
    return InputError("n_gpus", setting.n_gpus, Message("nothing_fits", NOTHING_FITS))


def no_model(setting: Setting, loss: float, sizes: Sizes) -> InputError:
    """A loss that no size that fits reaches with any amount of tokens."""
    assert setting.surface is not None
    params = sizes.params[np.isfinite(sizes.gpu_seconds)]
    least = float(np.min(setting.surface.loss(params, _ENDLESS_TOKENS)))
    most = float(np.max(setting.surface.loss(params, LEAST_TOKENS)))
    parts = {"least": format_number(least, 4), "most": format_number(most, 4)}
    return InputError("loss", loss, Message("no_model", NO_MODEL, parts))


def unaffordable(setting: Setting, limit: Limit, gpu_hours: FloatArray) -> InputError:
    """A target that a cap does not pay for; ``gpu_hours`` are what its sizes would take."""
    one, two = setting.gpu_hours(limit.by, 1.0), setting.gpu_hours(limit.by, 2.0)
    needed = 1.0 + (float(np.min(gpu_hours)) - one) / (two - one)
    parts = {"needed": format_number(needed), "unit": limit.by.kind.value}
    return InputError(limit.name, limit.amount, Message("unaffordable", UNAFFORDABLE, parts))


def unfit(setting: Setting, exact: Sizes) -> InputError:
    """A size that was asked for and fits on no layout."""
    layers = float(setting.family.at_size(exact.params[0], setting.counting).n_layers)
    parts = {"params": format_number(float(exact.params[0]), 3), "layers": format_number(layers, 2)}
    stages = setting.request.pp
    if stages is not None and layers < stages:
        return InputError("pp", stages, Message("too_few_layers", TOO_FEW_LAYERS, parts))
    return InputError("n_gpus", setting.n_gpus, Message("size_unfit", SIZE_UNFIT, parts))


def beyond(by: By, value: float, params: float, small: bool) -> InputError:
    """A budget whose best size is none that can be planned."""
    template, code = (TOO_SMALL, "too_small") if small else (TOO_LARGE, "too_large")
    parts = {"params": format_number(params, 3)}
    return InputError(by.value, value, Message(code, template, parts))
