import numpy as np
import pytest

from core.calibration.messages import DeviceInfo, Stack, StepMeasurement
from core.calibration.points import architecture_of
from core.calibration.result import Calibration
from core.speed.calibrated import TERMS, Calibrated

TRUTH = {
    "matmul": 5e-12,
    "attention": 1.7e-11,
    "layers_memory": 2e-9,
    "logits": 2.5e-9,
    "parameters": 2.1e-9,
    "launch": 7e-4,
    "fixed": 3e-4,
}


class Machine:
    """A device of known truth that measures itself."""

    def __init__(self, truth=None, overlap=1.0):
        seconds = tuple({**TRUTH, **(truth or {})}.get(name, 0.0) for name in TERMS)
        self.form = Calibrated("truth", "decoder", "fp32", seconds, overlap, 0.0, ())

    def seconds(self, step):
        return float(self.form.step_seconds(architecture_of(step), float(step.micro_batch)))

    def steps(self, count=32, noise=0.0, seed=0, stack="decoder", precision="fp32", **changes):
        """Measured steps of different shapes, the clocks of some as ``changes`` say."""
        rng = np.random.default_rng(seed)
        found = []
        while len(found) < count:
            width = int(rng.integers(2, 11)) * 64
            length = 150 if stack == "txl" else int(rng.choice([64, 128, 256, 512]))
            values = {
                "n_layers": int(rng.integers(1, 9)),
                "d_model": width,
                "n_heads": width // 64,
                "d_ff": width if stack == "txl" else -(-8 * width // 3 // 64) * 64,
                "vocab": int(rng.choice([512, 2048, 8192])),
                "seq_len": length,
                "micro_batch": max(1, int(128 * 16 ** rng.random()) // length),
                **changes,
            }
            found.append(self.measured(values, stack, precision, noise, rng))
        return tuple(found)

    def measured(self, values, stack, precision, noise, rng):
        step = step_of({**values, "stack": Stack(stack), "precision": precision})
        off = float(np.exp(noise * rng.standard_normal()))
        return with_time(step, off * self.seconds(step))

    def calibration(self, *groups, kind="cpu", name="A processor", **about):
        """A run that measured the steps in ``groups``."""
        device = DeviceInfo(
            schema=1,
            date="2026-11-22T12:00:00Z",
            device="cpu" if kind == "cpu" else "cuda:0",
            kind=kind,
            name=name,
            torch="2.13.0",
            **{"memory_bytes": 24 * 2**30, **about},
        )
        steps = tuple(step for group in groups for step in group)
        return Calibration(device=device, measurements=steps, elapsed_s=60.0)


def step_of(values):
    arch = architecture_of(
        StepMeasurement(
            **{"compile": False, "processes": 1, "step_time_s": 1.0, "step_time_spread": 0.0},
            **{"repeats": 20, "warmup": 2, "tokens_per_s": 1.0, "params": 1},
            **{"params_non_embedding": 1, **values},
        )
    )
    return StepMeasurement(
        **{"compile": False, "processes": 1, "step_time_s": 1.0, "step_time_spread": 0.0},
        **{"repeats": 20, "warmup": 2, "tokens_per_s": 1.0},
        **{"params": int(arch.params), "params_non_embedding": int(arch.non_embedding_params)},
        **values,
    )


def with_time(step, seconds, **changes):
    from dataclasses import replace

    changes = {"step_time_spread": 0.01 * seconds, **changes}
    return replace(step, step_time_s=seconds, tokens_per_s=step.tokens / seconds, **changes)


@pytest.fixture(scope="session")
def machine():
    """Makes a device of known truth: coefficients by term, and an overlap."""
    return Machine


@pytest.fixture(scope="session")
def timed():
    """Makes a measured step that took another time, or had another clock."""
    return with_time
