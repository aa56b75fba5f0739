"""What the plot shows of a comparison: points, axes, and what the read-out says."""

from PySide6.QtCore import QCoreApplication

from core.hardware.devices import Device
from core.planner import QUANTITY_OF, By
from core.planner.joint.compare import Comparison, Row
from core.planner.joint.plan import JointPlan
from core.quantities import format_count, format_duration, format_number, format_usd
from gui.plots.compare_plot import GpuPoint, Group
from gui.views.compare.model import interval_of

translate = QCoreApplication.translate
AXES = ("hours", "usd", "energy_kwh", "co2_kg")
_AMPERE_FROM, _HOPPER_FROM, _BLACKWELL_FROM = "2020", "2022-09", "2024-11"
_SURE = 1e-9


def group_of(device: Device) -> Group:
    """The vendor, and for NVIDIA the generation, by the day that it was released."""
    if device.vendor != "NVIDIA":
        return "amd" if device.vendor == "AMD" else "google"
    release = device.release
    if release < _AMPERE_FROM:
        return "old"
    if release < _HOPPER_FROM:
        return "ampere"
    later = release >= _BLACKWELL_FROM and not device.id.startswith("h")
    return "blackwell" if later else "hopper"


def group_names() -> dict[Group, str]:
    """Every group in the order of the legend, translated."""
    return {
        "old": translate("Compare", "NVIDIA before 2020"),
        "ampere": translate("Compare", "Ampere"),
        "hopper": translate("Compare", "Hopper, Ada"),
        "blackwell": translate("Compare", "Blackwell"),
        "amd": translate("Compare", "AMD"),
        "google": translate("Compare", "Google"),
        "own": translate("Compare", "measured by you"),
    }


def axis_titles() -> dict[str, str]:
    """What a point can be drawn against or by, translated and with its unit."""
    return {
        "hours": translate("Compare", "time, hours"),
        "usd": translate("Compare", "money, USD"),
        "energy_kwh": translate("Compare", "energy, kWh"),
        "co2_kg": translate("Compare", "emissions, kg CO₂"),
        "loss": translate("Compare", "validation loss, nats"),
    }


def axes_for(comparison: Comparison) -> list[str]:
    """The quantities that tell the rows apart, beside the one that they are ranked by.

    A budget of money is the same for all: what it takes in time is not.
    """
    taken = {comparison.ranked_by, QUANTITY_OF[comparison.request.by]}
    found = [name for name in AXES if name not in taken]
    if comparison.request.by is By.HOURS:
        return ["usd", *(name for name in found if name != "usd")]
    return found


def points_of(comparison: Comparison, x_name: str) -> list[tuple[Row, GpuPoint]]:
    """A point for every row that has both quantities, in the order of the ranks."""
    found = []
    for row in comparison.ranked:
        plan = row.plan
        x = None if plan is None else getattr(plan, x_name)
        y = None if plan is None else getattr(plan, comparison.ranked_by)
        if plan is None or x is None or y is None or x.value <= 0 or y.value <= 0:
            continue
        low = y.value if y.low is None else y.low
        high = y.value if y.high is None else y.high
        lines = tuple(_read_out(row, plan))
        place = (x.value, y.value, max(low, _SURE * y.value), high)
        group = "own" if row.is_measured else group_of(plan.known.gpu)
        is_best = row is comparison.best
        found.append((row, GpuPoint(row.name, *place, group, lines, is_best)))
    return found


def _read_out(row: Row, plan: JointPlan) -> list[str]:
    count = plan.known.n_gpus
    where = row.provider or translate("Compare", "no price known")
    loss = translate("Compare", "loss {0}").format(f"{plan.loss.value:.3f}")
    if interval := interval_of(row, "loss"):
        loss = f"{loss} ({interval})"
    size = translate("Compare", "{0} params").format(format_count(plan.non_embedding_params.value))
    cost = [format_duration(plan.hours.value)]
    if plan.usd is not None:
        cost.append(format_usd(plan.usd.value))
    if plan.energy_kwh is not None:
        cost.append(f"{format_number(plan.energy_kwh.value, 3)} kWh")
    return [
        f"{count} × {row.name}" if count > 1 else row.name,
        where,
        f"{loss} · {size}",
        " · ".join(cost),
    ]
