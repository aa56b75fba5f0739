"""Watts, grid and embodied carbon of a request, each with where it comes from."""

from core.footprint import Power
from core.hardware.devices import Device
from core.hardware.factors import HOST_SHARE, LOAD_FACTOR, Embodied, embodied, pue_presets
from core.hardware.grids import find_grid
from core.planner.joint.price import Priced
from core.planner.request import PlanRequest, check_rate

OWN_WATTS = "your own watts"
OWN_GRID = "your own grid figure"
NO_POWER = "no power is known"
_WORLD = "OWID_WRL"
_UNKNOWN_PUE = "default_unknown"


def power_of(request: PlanRequest, gpu: Device, priced: Priced) -> tuple[Power | None, str]:
    """The power of one GPU at work; None where neither a person nor the catalogue knows it.

    Raises:
        InputError: a number out of its range.
    """
    watts, load = request.measured_watts, 1.0
    source = OWN_WATTS
    if watts is None:
        if gpu.tdp_w is None:
            return None, NO_POWER
        load = LOAD_FACTOR.value if request.load_factor is None else request.load_factor
        watts, source = gpu.tdp_w, f"TDP of {gpu.tdp_w:g} W x load factor {load:g}"
    check_rate(watts, "measured_watts")
    host = HOST_SHARE.value if request.host_share is None else request.host_share
    pue = _pue(request, priced)
    return Power(watts, load, host, pue), f"{source}, host share {host:g}, PUE {pue:g}"


def grid_of(request: PlanRequest) -> tuple[float, str]:
    """Carbon of the grid, kg CO2e per kWh, with its source.

    Raises:
        InputError: an unknown zone, or a number below 0.
    """
    own = request.carbon_kg_per_kwh
    if own is not None:
        check_rate(own, "carbon_kg_per_kwh", zero_allowed=True)
        return own, OWN_GRID
    grid = find_grid(request.zone or _WORLD)
    return grid.gco2e_per_kwh / 1000, f"{grid.name} {grid.year}, {grid.basis}; {grid.attribution}"


def embodied_of(gpu: Device) -> Embodied:
    """What making the hardware emitted, by the GPU-hour."""
    return embodied(gpu.id)


def _pue(request: PlanRequest, priced: Priced) -> float:
    """One's own, else that of the region or provider whose price is taken, else the usual one."""
    if request.pue is not None:
        return request.pue
    presets = pue_presets()
    offer = priced.offer
    names = [f"{offer.provider}:{offer.region}", f"{offer.provider}_default"] if offer else []
    found = next((presets[name] for name in names if name in presets), presets[_UNKNOWN_PUE])
    return found.value
