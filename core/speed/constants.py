"""The constants of the roofline model: published ones here, fitted ones in a file.

The file is what `core.speed.refit` makes of the shipped table of measurements.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import resources
from core.hardware.devices import Device

FILE = "speed/roofline.json"

# Share of the dense bf16 peak that causal attention reaches, forward and backward.
# FlashAttention-2 on A100, -3 on Hopper (arXiv 2307.08691, 2407.08608), -4 on Blackwell.
_KERNELS_TODAY = {"a100": 0.50, "h100": 0.40, "h200": 0.45, "b200": 0.37, "gb200": 0.37}
_KERNELS_OTHER = {"2023": 0.2, "today": 0.4}

# Share of the peak that large matrices reach where nobody has published a measurement. The
# consumer cards' peak is that of fp32 accumulation, which they reach; cards below 200 W do not
# hold their clocks; AMD by the MI300X (stas00/ml-engineering, maximum achievable matmul).
_CONSUMER_SHARE = 0.95
_LOW_POWER_SHARE, _LOW_POWER_WATTS = 0.55, 200.0
_PCIE_SHARE = 0.7
_VENDOR_SHARES = {"NVIDIA": 0.8, "AMD": 0.5, "Google": 0.8}
_OTHER_SHARE = 0.5
# the same source's fp8 figures: 1,402.6 of 1,979 on H100, 3,432.5 of 4,500 TFLOP/s on B200
_FP8_SHARES = {"h100": 0.709, "h200": 0.709, "b200": 0.763, "gb200": 0.763}

# all network cards of a machine of eight, bytes a second: DGX-1 and DGX-2, A100, H100, B200
# of the vendors' reference machines, AMD's with eight cards of 400 Gb/s
_NODE_BYTES_PER_S = {
    "v100": 50e9,
    "a100": 200e9,
    "h100": 400e9,
    "h200": 400e9,
    "b200": 400e9,
    "b300": 800e9,
    "mi300x": 400e9,
    "mi325x": 400e9,
    "mi355x": 400e9,
}
_NODE_GPUS = 8
_NODE_BYTES_PER_S_OTHER = 12.5e9
_PCIE_GB_S = 64.0  # generation 4, 16 lanes, both directions
_BRIDGED = 2  # cards that an NVLink bridge joins
# what is left of PCIe where the driver lets no card write into another's memory and all goes
# through the host's; assumed, eight RTX 4090 of one machine differ as much by how they are wired
_STAGED_SHARE = 0.5
RACK = 72  # GPUs of a GB200 NVL72 that share one NVLink
_NIC_BYTES_PER_S = 50e9  # one network card of 400 Gb/s for every one of them
# between TPU chips: docs.cloud.google.com/tpu, 2,400 to 4,800 Gbit/s
_ICI_GB_S = {"tpu_v4": 300.0, "tpu_v5e": 200.0, "tpu_v5p": 600.0, "tpu_v6e": 400.0}


@dataclass(frozen=True, slots=True)
class Constants:
    """What was fitted or counted.

    Attributes:
        kappa_bytes: memory traffic of norms, activations and residual stream, a token, a layer
            and a unit of width.
        gamma_bytes: memory traffic of logits and loss, a token and a word of the vocabulary.
        link_efficiency: share of a link's peak that gathers and reductions reach.
        node_cost: share of time that each doubling of nodes adds.
        attention_recompute: what full recomputation adds to attention.
        score_bytes: memory traffic of one attention score that is written out.
        fp8_bytes: traffic that turning matrices' inputs to fp8 adds to ``kappa_bytes``.
        pressure: what training at the edge of memory adds (see `core.speed.pressure`).
        attention_efficiency: share of the peak that attention's causal FLOP reach with the
            kernels of 2023, by chip.
    """

    kappa_bytes: float
    gamma_bytes: float
    link_efficiency: float
    node_cost: float
    attention_recompute: float
    score_bytes: float
    fp8_bytes: float
    pressure: float
    attention_efficiency: dict[str, float]


@cache
def fitted_file() -> dict[str, Any]:
    """All that the file of fitted constants holds."""
    found: dict[str, Any] = json.loads(resources.path(FILE).read_text(encoding="utf-8"))
    return found


@cache
def constants() -> Constants:
    """The shipped constants."""
    found = fitted_file()
    return Constants(**{name: found[name] for name in Constants.__slots__})


def chip_of(device: Device) -> str:
    """``a100`` of ``a100_sxm_80``: what efficiencies are tabled by."""
    return device.id.split("_")[0]


def has_measured_matmul(device: Device) -> bool:
    """Whether its best matrix speed was published, or only its peak."""
    return bool(device.measured_bf16_matmul_tflops and device.bf16_tflops)


def peak_flops(device: Device, precision: str = "bf16") -> float:
    """Dense peak of matrices, FLOP/s, in the nearest format that the device has."""
    # some cards before tensor cores have a 16-bit rate far below their 32-bit one
    half = device.bf16_tflops or max(device.fp16_tflops or 0.0, device.fp32_tflops or 0.0)
    nearest = {
        "fp8": device.fp8_tflops,
        "fp16": device.fp16_tflops if device.bf16_tflops else None,
        "fp32": device.tf32_tflops or device.fp32_tflops,
    }.get(precision)
    return 1e12 * (nearest or half)


def matmul_flops(device: Device, precision: str = "bf16") -> float:
    """What large matrices reach, FLOP/s: peak times the share that was measured or is assumed."""
    if precision == "fp8" and device.fp8_tflops and chip_of(device) in _FP8_SHARES:
        return _FP8_SHARES[chip_of(device)] * peak_flops(device, precision)
    if device.measured_bf16_matmul_tflops and device.bf16_tflops:
        share = device.measured_bf16_matmul_tflops / device.bf16_tflops
    else:
        share = _assumed_share(device)
    return share * peak_flops(device, precision)


def attention_share(device: Device, kernels: str, known: Constants) -> float:
    """Share of the peak that attention's causal FLOP reach with the kernels of a generation."""
    table = known.attention_efficiency if kernels == "2023" else _KERNELS_TODAY
    return table.get(chip_of(device), _KERNELS_OTHER[kernels])


def link_bytes_per_s(device: Device, n_gpus: int = 2) -> float:
    """Bytes a second between ``n_gpus`` of a machine, one direction."""
    both = device.interconnect_gb_s or _ICI_GB_S.get(device.id, _PCIE_GB_S)
    if device.interconnect == "NVLink bridge" and n_gpus > _BRIDGED:
        both = _PCIE_GB_S
    staged = _is_consumer(device) and is_on_pcie(device, n_gpus)
    return 1e9 * both / 2 * (_STAGED_SHARE if staged else 1.0)


def is_on_pcie(device: Device, n_gpus: int) -> bool:
    """Whether ``n_gpus`` of a machine have nothing but PCIe between them."""
    bridged = device.interconnect == "NVLink bridge" and n_gpus <= _BRIDGED
    return not bridged and device.interconnect.startswith(("PCIe", "NVLink bridge"))


def spans_racks(device: Device) -> bool:
    """Whether GPUs of several machines share one NVLink domain (GB200 NVL72)."""
    return device.form_factor.startswith("NVL")


def linked_gpus(device: Device, n_gpus: int, gpus_per_node: int) -> int:
    """GPUs that reach each other without a network: a machine's, a rack's, a pod's of TPU."""
    if device.vendor == "Google":
        return n_gpus
    return min(n_gpus, RACK if spans_racks(device) else gpus_per_node)


def node_bytes_per_s(device: Device, gpus_per_node: int = 8) -> float:
    """Bytes a second between machines, one direction, all network cards together.

    3,200 Gb/s with eight H100 and 1,600 with eight A100 (NVIDIA's DGX data sheets), 400 Gb/s a
    GPU of a GB200 NVL72, 100 Gb/s for cards that nobody builds clusters of.
    """
    if spans_racks(device):
        return gpus_per_node * _NIC_BYTES_PER_S
    known = _NODE_BYTES_PER_S.get(chip_of(device))
    if known is None:
        return _NODE_BYTES_PER_S_OTHER
    return known * min(1.0, gpus_per_node / _NODE_GPUS)


def _assumed_share(device: Device) -> float:
    if _is_consumer(device):
        return _CONSUMER_SHARE
    if device.vendor == "NVIDIA" and device.form_factor == "PCIe":
        low = (device.tdp_w or 0.0) < _LOW_POWER_WATTS
        return _LOW_POWER_SHARE if low else _PCIE_SHARE
    return _VENDOR_SHARES.get(device.vendor, _OTHER_SHARE)


def _is_consumer(device: Device) -> bool:
    return device.id.startswith(("rtx", "titan"))
