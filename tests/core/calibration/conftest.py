"""A Python with PyTorch for the tests that measure, and scripts that play the probe."""

import fcntl
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.calibration.lock import Lock

TORCH = "torch==2.13.0"
VARIABLE = "ISOLOSS_TORCH_PYTHON"
# both are read while tests are collected: later, the home folder is one of the test's own
CACHE = Path.home() / ".cache" / "isoloss-tests" / TORCH.replace("==", "-")
GIVEN = os.environ.get(VARIABLE)
ENVIRON = dict(os.environ)

DEVICE = {
    **{"type": "device", "schema": 1, "date": "2026-11-22T12:00:00Z", "device": "cpu"},
    **{"kind": "cpu", "name": "A processor", "torch": "2.13.0+cpu", "precisions": ["fp32"]},
}
STEP = {
    **{"type": "measurement", "kind": "step", "stack": "decoder", "n_layers": 2, "d_model": 128},
    **{"n_heads": 2, "d_ff": 384, "vocab": 512, "seq_len": 64, "micro_batch": 4},
    **{"precision": "fp32", "compile": False, "processes": 1, "step_time_s": 0.02},
    **{"step_time_spread": 0.001, "repeats": 9, "warmup": 2, "tokens_per_s": 12800.0},
    **{"params": 557_000, "params_non_embedding": 426_000, "peak_memory_bytes": 10**8},
}
DONE = {
    **{"type": "done", "status": "complete", "reason": "", "measured": 1, "skipped": 0},
    "elapsed_s": 3.5,
}


@pytest.fixture(scope="session")
def torch_python():
    """An interpreter with PyTorch: the one that ISOLOSS_TORCH_PYTHON names, or one made here."""
    if GIVEN:
        return Path(GIVEN)
    python = CACHE / "bin" / "python"
    ready = CACHE / ".ready"
    if not ready.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        with (CACHE.parent / f"{CACHE.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                run([sys.executable, "-m", "venv", "--clear", str(CACHE)])
                run([str(python), "-m", "pip", "install", "--disable-pip-version-check", TORCH])
                ready.touch()
    return python


def run(command):
    done = subprocess.run(command, env=ENVIRON, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"the tests need {TORCH}, and could not install it into {CACHE}: is there a network? "
            f"Set {VARIABLE} to a Python that has PyTorch. {' '.join(command)} said: "
            f"{done.stderr[-800:]}",
            pytrace=False,
        )


@pytest.fixture
def one_thread(monkeypatch):
    """PyTorch on one core: with two, threads that wait for each other slow a busy machine down."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def fake_probe(tmp_path):
    """Write a script that plays the probe; ``say`` prints an object as a line, at once."""

    def write(body, name="fake probe.py"):
        path = tmp_path / name
        start = f"""
            import json, os, signal, sys, time
            DEVICE, STEP, DONE = json.loads({json.dumps([DEVICE, STEP, DONE])!r})
            def say(entry):
                sys.stdout.write(json.dumps(entry) + "\\n")
                sys.stdout.flush()
        """
        path.write_text(textwrap.dedent(start) + textwrap.dedent(body), encoding="utf-8")
        return path

    return write


@pytest.fixture
def stub_python(tmp_path):
    """Make an environment in which ``import torch`` finds a stand-in."""

    def make(torch_source, name="stub"):
        folder = tmp_path / name
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "torch").mkdir()
        (site / "torch" / "__init__.py").write_text(textwrap.dedent(torch_source))
        (site / "torch" / "nn.py").write_text("class Module: pass\n")
        return folder / "bin" / "python"

    return make


@pytest.fixture
def taken_lock(tmp_path):
    """The lock as another calibration holds it."""
    lock = Lock(tmp_path)
    assert lock.take("cuda:0") is None
    yield lock
    lock.release()
