"""What cloud providers ask today, fetched through gpuhunt; only when somebody asks for it."""

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.bundle import bundle_folder
from core.errors import InputError
from core.messages import QT_TRANSLATE_NOOP, Message

# gpuhunt's name -> the catalogue's; all of these can be asked without an account
PROVIDERS = {
    "aws": "aws",
    "azure": "azure",
    "cloudrift": "cloudrift",
    "gcp": "gcp",
    "lambdalabs": "lambda",
    "nebius": "nebius",
    "oci": "oracle",
    "runpod": "runpod",
    "vastai": "vast",
    "verda": "datacrunch",
    "vultr": "vultr",
}
_NOT_INSTALLED = Message(
    "no_gpuhunt",
    QT_TRANSLATE_NOOP("core", "asked through gpuhunt, which is not installed ({extra})"),
    {"extra": "pip install gpuhunt"},
)
_NOT_BUNDLED = Message(
    "no_gpuhunt",
    QT_TRANSLATE_NOOP(
        "core",
        "asked through gpuhunt, which this app does not bring: give a price of your own, or"
        " refresh with an Isoloss that runs in Python, which keeps its prices where this app"
        " looks for them",
    ),
)

_DEVICES = {  # (gpuhunt's name, memory in GB) -> id, where that says which card it is
    ("A10", 24): "a10",
    ("A10G", 24): "a10g",
    ("A6000", 48): "rtx_a6000",
    ("B200", 180): "b200_sxm",
    ("B300", 270): "b300_sxm",
    ("GB200", 186): "gb200",
    ("GH200", 96): "gh200_96",
    ("H100NVL", 94): "h100_nvl",
    ("H200", 141): "h200_sxm",
    ("K80", 12): "k80",
    ("L4", 24): "l4",
    ("L40S", 48): "l40s",
    ("MI300X", 192): "mi300x",
    ("MI355X", 288): "mi355x",
    ("P4", 8): "p4",
    ("P100", 16): "p100_pcie",
    ("RTX3090", 24): "rtx3090",
    ("RTX4090", 24): "rtx4090",
    ("RTX5090", 32): "rtx5090",
    ("RTX6000Ada", 48): "rtx6000_ada",
    ("RTXPRO6000", 96): "rtx_pro_6000",
    ("T4", 16): "t4",
}
_TWO_FORMS = {  # the same name for a card and a module: (SXM, PCIe)
    ("A100", 40): ("a100_sxm_40", "a100_pcie_40"),
    ("A100", 80): ("a100_sxm_80", "a100_pcie_80"),
    ("H100", 80): ("h100_sxm", "h100_pcie"),
    ("V100", 16): ("v100_sxm2_16", "v100_pcie_16"),
    ("V100", 32): ("v100_sxm2_32", "v100_pcie_32"),
}
_SXM_WORDS = (
    "sxm",
    "hbm3",
    "p3.",
    "p3dn.",
    "p4d",
    "p5.",
    "a2-",
    "a3-",
    "nd4",
    "nd9",
    ".gpu3.",
    ".gpu4.",
    ".gpu.",
)
_PCIE_WORDS = ("pcie", "nc24ads", "nc48ads", "nc96ads", "nc6s", "nc12s", "nc24s", "nc24rs")
_ALL_SXM = ("datacrunch", "nebius", "gcp")


@dataclass(frozen=True, slots=True)
class Offer:
    """One machine for rent, as a provider lists it.

    Attributes:
        provider: the catalogue's name of the provider.
        gpu_name: gpuhunt's name of the GPU.
        gpu_memory_gb: of one GPU.
        gpu_count: GPUs in the machine.
        usd_per_hour: of the whole machine.
        spot: whether the provider may take it back.
    """

    provider: str
    region: str
    instance: str
    gpu_name: str
    gpu_memory_gb: float
    gpu_count: int
    usd_per_hour: float
    spot: bool

    @property
    def usd_per_gpu_hour(self) -> float:
        """Its price by the GPU; not a number where the list counts none."""
        return self.usd_per_hour / self.gpu_count if self.gpu_count > 0 else math.nan


Fetch = Callable[[str], Iterable[Offer]]


def device_of(offer: Offer) -> str | None:
    """The catalogue's id of the GPU; None where the offer does not say which card it is.

    An A100, H100 or V100 comes as a card (PCIe) and as a module (SXM) that trains faster: the
    machine's name tells them apart, or the offer is not used.
    """
    kind = (offer.gpu_name, round(offer.gpu_memory_gb))
    if kind not in _TWO_FORMS:
        return _DEVICES.get(kind)
    sxm, pcie = _TWO_FORMS[kind]
    name = offer.instance.casefold().removeprefix("standard_")
    if any(word in name for word in _PCIE_WORDS):
        return pcie
    if offer.provider in _ALL_SXM or any(word in name for word in _SXM_WORDS):
        return sxm
    return None


def fetch_offers(provider: str) -> list[Offer]:
    """Every GPU machine that a provider lists today, through gpuhunt and the network.

    Args:
        provider: a key of `PROVIDERS`.

    Raises:
        InputError: gpuhunt is not installed, or the provider cannot be reached.
    """
    try:
        import gpuhunt  # type: ignore[import-not-found,unused-ignore]  # an extra
    except ImportError as error:
        expected = _NOT_BUNDLED if bundle_folder() else _NOT_INSTALLED
        raise InputError("provider", provider, expected) from error
    # else its tracebacks about single catalogues reach the terminal
    logging.getLogger("gpuhunt").addHandler(logging.NullHandler())
    try:
        found = [
            Offer(
                PROVIDERS[provider],
                item.location,
                item.instance_name,
                item.gpu_name or "",
                item.gpu_memory or 0.0,
                item.gpu_count,
                item.price,
                item.spot,
            )
            for item in gpuhunt.query(provider=provider, min_gpu_count=1)
        ]
    except Exception as error:  # whatever its many HTTP clients raise
        expected = Message(
            "provider_unreachable",
            QT_TRANSLATE_NOOP("core", "reachable over the network ({reason})"),
            {"reason": str(error) or type(error).__name__},
        )
        raise InputError("provider", provider, expected) from error
    if not found:  # gpuhunt logs a catalogue that cannot be loaded, and goes on without it
        raise InputError("provider", provider, "one that lists GPUs now")
    return found
