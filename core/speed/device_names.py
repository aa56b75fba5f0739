"""What published tables call a device that the catalogue has under another name."""

import re
from dataclasses import replace
from difflib import get_close_matches

from core.errors import InputError
from core.hardware.devices import Device, devices, find_device

_FORM = r"(?:sxm\d?)?"
# (all that the name may be, makers and spaces left out; device). A name with a word more is
# another product: L40 is not L40S, and a laptop's RTX 4090 is not the desktop's.
_NAMES = (
    (r"gb200(?:nvl(?:36|72))?(?:1(?:86|92)gb)?", "gb200"),
    (r"gh200(?:96gb|480gb)?", "gh200_96"),
    (rf"b300{_FORM}(?:2(?:70|88)gb)?", "b300_sxm"),
    (rf"b200{_FORM}(?:1(?:80|92)gb)?", "b200_sxm"),
    (rf"h200{_FORM}(?:141gb)?", "h200_sxm"),
    (r"h[18]00nvl(?:94gb)?", "h100_nvl"),
    (r"h[18]00(?:pcie?(?:80gb)?|80gbpcie?)", "h100_pcie"),
    (rf"h[18]00{_FORM}(?:80gb)?{_FORM}", "h100_sxm"),
    (r"a[18]00(?:pcie?40gb|40gbpcie?)", "a100_pcie_40"),
    (r"a[18]00(?:pcie?(?:80gb)?|80gbpcie?)", "a100_pcie_80"),
    (rf"a[18]00{_FORM}40gb{_FORM}", "a100_sxm_40"),
    (rf"a[18]00{_FORM}(?:80gb)?{_FORM}", "a100_sxm_80"),
    (r"v100(?:pcie?32gb|32gbpcie?)", "v100_pcie_32"),
    (r"v100(?:pcie?(?:16gb)?|16gbpcie?)", "v100_pcie_16"),
    (rf"v100{_FORM}32gb{_FORM}", "v100_sxm2_32"),
    (rf"v100{_FORM}(?:16gb)?{_FORM}", "v100_sxm2_16"),
    (r"p100sxm2?(?:16gb)?", "p100_sxm2"),
    (r"p100(?:pcie?)?(?:16gb)?", "p100_pcie"),
    (r"rtxpro6000(?:blackwell)?(?:workstation)?(?:edition)?(?:96gb)?", "rtx_pro_6000"),
    (r"(?:rtx)?6000ada(?:generation)?(?:48gb)?", "rtx6000_ada"),
    (r"(?:rtx)?a6000(?:48gb)?", "rtx_a6000"),
    (r"(?:rtx)?5090(?:32gb)?", "rtx5090"),
    (r"(?:rtx)?4090(?:24gb)?", "rtx4090"),
    (r"(?:rtx)?3090(?:24gb)?", "rtx3090"),
    (r"(?:rtx)?2080ti(?:11gb)?", "rtx2080ti"),
    (r"titanrtx(?:24gb)?", "titan_rtx"),
    (r"l40s(?:48gb)?(?:pcie)?", "l40s"),
    (r"l4(?:24gb)?(?:pcie)?", "l4"),
    (r"a10g(?:24gb)?", "a10g"),
    (r"a10(?:24gb)?(?:pcie)?", "a10"),
    (r"t4(?:16gb)?", "t4"),
    (r"mi250x(?:128gb)?", "mi250x"),
    (r"mi300x(?:192gb)?", "mi300x"),
    (r"mi325x(?:256gb)?", "mi325x"),
    (r"mi355x(?:288gb)?", "mi355x"),
    (r"(?:tpu)?v6e|(?:tpuv6e?)?trillium", "tpu_v6e"),
    (r"(?:tpu)?v5p", "tpu_v5p"),
    (r"(?:tpu)?v5e|(?:tpu)?v5lite", "tpu_v5e"),
    (r"tpuv4", "tpu_v4"),
    (r"k80", "k80"),
    (r"p4", "p4"),
)
_SILENT = re.compile(
    r"\b(?:nvidia|amd|google|cloud|geforce|instinct|tesla|quadro|gpus?|chips?|hbm\d\w?|gddr\d\w?)\b"
)
_COUNT_FIRST = re.compile(r"\s*(\d+)\s*[x×*]\s*(?=\D)(.+)", re.IGNORECASE)
_COUNT_LAST = re.compile(r"(.+?)(?:\s+[x×*]\s*|\s*[×*]\s*)(\d+)\s*", re.IGNORECASE)
_EXPORT_LINK_GB_S = 400.0  # A800 and H800: the same chips with a slower NVLink
_NEAR = 3


def device_called(name: str) -> Device:
    """The device that a table calls ``name`` (``A100-80GB``, ``H100``, ``NVIDIA MI300X``).

    Raises:
        InputError: none is, or the name says how many; field ``gpu``.
    """
    n_gpus, device = counted_device(name)
    if n_gpus is not None:
        raise InputError("gpu", name, f"a GPU without its number: say --n-gpus {n_gpus}")
    return device


def counted_device(name: str) -> tuple[int | None, Device]:
    """The same of a name that may say how many there are (``8x MI300X``), and that number.

    Raises:
        InputError: there is no such device; field ``gpu``.
    """
    try:
        return None, find_device(name)
    except InputError as unknown:
        device = _usual(name)
        if device is not None:
            return None, device
        count, rest = _split_count(name)
        if count is None:
            raise _with_near(name) or unknown from None
        return count, counted_device(rest)[1]


def _usual(name: str) -> Device | None:
    words = re.sub(r"[\s_\-/,()+]+", " ", name.casefold())
    words = re.sub(r"\b(\d+)\s*gi?b?\b", r"\1gb", words)
    words = _SILENT.sub(" ", words).replace(" ", "")
    for pattern, found in _NAMES:
        if re.fullmatch(pattern, words):
            device = find_device(found)
            if re.match(r"[ah]800", words):
                return replace(device, interconnect_gb_s=_EXPORT_LINK_GB_S)
            return device
    return None


def _split_count(name: str) -> tuple[int | None, str]:
    first = _COUNT_FIRST.fullmatch(name)
    if first:
        return int(first[1]), first[2]
    last = _COUNT_LAST.fullmatch(name)
    return (int(last[2]), last[1]) if last else (None, name)


def _with_near(name: str) -> InputError | None:
    """The error that names devices whose ids look like ``name``; None without any."""
    words = _SILENT.sub(" ", re.sub(r"[_\-]", " ", name.casefold())).split()
    whole = "".join(words)
    chips = {id_: id_.split("_")[0] for id_ in devices()}
    numbers = re.findall(r"\d{3,4}|[a-z]+\d+", whole)
    near = [id_ for id_, chip in chips.items() if any(n in id_ or chip in n for n in numbers)]
    near += [id_ for id_ in get_close_matches(whole, list(chips), _NEAR) if id_ not in near]
    if not near:
        return None
    return InputError("gpu", name, f"one of the catalogue's; near it are {', '.join(near)}")
