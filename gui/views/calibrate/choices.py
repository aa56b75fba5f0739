"""What a person has chosen to measure, and what of it a Python can do."""

from dataclasses import dataclass
from pathlib import Path

from core.calibration.pythons import TorchPython
from core.calibration.run import CalibrationRequest

QUICK, THOROUGH = 2.0, 10.0
_BY_KIND = {
    "cuda": ("bf16", "fp16", "tf32", "fp32"),
    "rocm": ("bf16", "fp16", "fp32"),
    "mps": ("fp32", "fp16"),
    "cpu": ("fp32", "bf16"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the next run does.

    Attributes:
        python: interpreter; None for the best that was found.
        device: id of PyTorch; empty for the fastest.
        precisions: empty for the device's usual one.
        stack: ``decoder``, ``txl`` or ``both``.
        minutes: for all of it.
        compile: whether with ``torch.compile``.
        processes: GPUs at work together.
    """

    python: Path | None = None
    device: str = ""
    precisions: tuple[str, ...] = ()
    stack: str = "decoder"
    minutes: float = QUICK
    compile: bool = False
    processes: int = 1

    def request(self, python: TorchPython, device: str) -> CalibrationRequest:
        """What the probe is asked, of all this what the device can do.

        Raises:
            InputError: a number out of its range.
        """
        offered = precisions_of(python, device)
        return CalibrationRequest(
            python.path,
            device=device,
            precisions=tuple(name for name in offered if name in self.precisions),
            minutes=self.minutes,
            stack=self.stack,
            compile=self.compile,
            processes=min(self.processes, most_processes(python, device)),
        )


def precisions_of(python: TorchPython | None, device: str) -> tuple[str, ...]:
    """What a device may multiply matrices in, the usual one first."""
    devices = () if python is None else python.devices
    kind = next((one.kind for one in devices if one.device == device), "cuda")
    return _BY_KIND.get(kind, _BY_KIND["cuda"])


def most_processes(python: TorchPython | None, device: str) -> int:
    """How many devices alike can train together: those from the first on, as torchrun takes them.

    One where ``device`` is not one of several alike.
    """
    by_id = {one.device: one for one in (() if python is None else python.devices)}
    chosen = by_id.get(device)
    count = 0
    while chosen and (one := by_id.get(f"cuda:{count}")) and one.name == chosen.name:
        count += 1
    return max(1, count)
