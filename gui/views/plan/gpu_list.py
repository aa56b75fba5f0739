"""The GPUs on offer: one's own profiles, the best of all, today's devices, those of 2020."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.errors import InputError
from core.hardware.catalogue import gpus, has_curve
from core.planner import By, PlanRequest, plan
from core.planner.request import ANY_GPU, TODAY_ONLY
from gui.widgets.search_field import Group

if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan

translate = QCoreApplication.translate

_MOST_USED = (
    *("h100_sxm", "h200_sxm", "a100_sxm_80", "a100_sxm_40", "b200_sxm", "l40s", "rtx4090"),
    *("a100_pcie_80", "h100_pcie", "h100_nvl", "rtx5090", "rtx3090", "l4", "a10g", "mi300x"),
)
_DEFAULTS = PlanRequest()
_MORE_HOURS = (24.0, 100.0, 1e3, 1e4, 1e5)
_OF_ONE_GPU = ("provider", "phi", "stack")  # said of one GPU, wrong for another


def gpus_of_2020() -> list[Group]:
    """What the first window offers; today's devices are read when the list is opened."""
    curves = [(gpu.id, gpu.name) for gpu in gpus().values()]
    return [(translate("GPU", "2020 curve"), curves)]


def all_gpus(chosen: str = "") -> list[Group]:
    """Every group: saved profiles, then the most used devices.

    Args:
        chosen: GPU of the plan; a profile that is not among the saved ones came with its file.
    """
    from core.hardware.devices import devices

    found = devices()
    own = [device.id for device in found.values() if device.origin == "yours"]
    most_used = [name for name in _MOST_USED if name in found and name not in own]
    rest = [name for name in found if name not in own and name not in most_used]
    rest.sort(key=lambda name: found[name].release, reverse=True)
    any_gpu = (ANY_GPU, translate("GPU", "Any GPU: the best for the budget"))
    profiles = _profiles()
    if is_profile(chosen) and chosen not in dict(profiles):
        from core.calibration.hardware import find_profile

        profiles.append((chosen, find_profile(chosen).name))
    # without profiles nothing stands above the first choice, which then needs no heading
    others = translate("GPU", "Catalogue") if profiles else ""
    return [
        (translate("GPU", "Measured by you"), profiles),
        (others, [any_gpu]),
        (translate("GPU", "Your own"), [(name, found[name].name) for name in own]),
        (translate("GPU", "Most used"), [(name, found[name].name) for name in most_used]),
        (translate("GPU", "All others, newest first"), [(name, found[name].name) for name in rest]),
        *gpus_of_2020(),
    ]


def formats_offered(plan: "JointPlan") -> list[str]:
    """Number formats of the plan's GPU; of a profile those that were measured."""
    from core.calibration.hardware import find_profile, is_profile_file
    from core.training import NumberFormat, formats_of

    gpu = plan.known.gpu
    if not is_profile_file(gpu.id):
        return [name.value for name in formats_of(gpu)]
    known = {name.value for name in NumberFormat}
    measured = [name for name in find_profile(gpu.id).precisions if name in known]
    return list(dict.fromkeys([plan.known.precision.value, *measured]))


def hours_that_pay(request: PlanRequest) -> float | None:
    """More hours than were asked for, where those do not pay for any model on a slow device.

    None where the hours are enough, or are not what is wrong.
    """
    if request.by is not By.HOURS:
        return None
    for hours in (request.value, *(h for h in _MORE_HOURS if h > request.value)):
        try:
            plan(replace(request, value=hours))
        except InputError as error:
            if error.field != By.HOURS:
                return None
        else:
            return hours if hours != request.value else None
    return None


def _profiles() -> list[tuple[str, str]]:
    """Saved profiles that a plan can use, the newest first."""
    from core.calibration.measured import measured_gpus

    return [(gpu.device.id, gpu.device.name) for gpu in measured_gpus()]


def is_profile(gpu: str) -> bool:
    """Whether a GPU is a profile, without loading what reads one."""
    return gpu.endswith(".json")


def changes_for(gpu: str, request: PlanRequest, laid_aside: dict[str, object]) -> dict[str, object]:
    """What to change in a request when another GPU is chosen.

    A price or a power that was typed in belongs to the GPU it was typed for. What the 2020
    curve does not know is laid aside with it, and comes back with a GPU of today.

    Args:
        gpu: the new one.
        request: as it is.
        laid_aside: kept between calls; filled on the way to 2020, used on the way back.
    """
    changes: dict[str, object] = {
        "gpu": gpu,
        "price_usd_per_gpu_hour": None,
        "measured_watts": None,
    }
    was_of_2020, is_of_2020 = has_curve(request.gpu), has_curve(gpu)
    if is_of_2020 and was_of_2020:
        return changes
    changes["precision"] = "auto"
    if is_of_2020:
        laid_aside.clear()
        for name in TODAY_ONLY:
            value = getattr(request, name)
            if value != getattr(_DEFAULTS, name) and name not in _OF_ONE_GPU:
                laid_aside[name] = value
            changes[name] = getattr(_DEFAULTS, name)
        return changes
    if was_of_2020:
        changes |= laid_aside
        laid_aside.clear()
    changes |= {"provider": None, "phi": None}
    if is_profile(gpu) or is_profile(request.gpu):
        changes["stack"] = None  # a profile has programs of its own
    return changes
