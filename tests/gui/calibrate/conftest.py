"""The real window on its calibrate tab, with scripts that play Pythons and the probe."""

import json
import math
import os
import random
import sys
import textwrap
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from core.calibration import profiles
from core.calibration.messages import DeviceInfo, StepMeasurement
from core.calibration.points import architecture_of
from core.calibration.profile import make_profile
from core.calibration.pythons import Candidate, Origin, TorchDevice, TorchPython, ask_all
from core.calibration.result import Calibration
from core.calibration.run import calibrate
from core.speed.calibrated import TERMS, Calibrated
from gui.views.calibrate import work
from gui.views.stack import CALIBRATE

ME = Path(sys.executable)
GPU = {"device": "cuda:0", "kind": "cuda", "name": "NVIDIA GeForce RTX 4090"}
SEEN = {**GPU, "torch": "2.13.0", "driver": "570.1", "clock_max_mhz": 2520.0}
CPU = {"device": "cpu", "kind": "cpu", "name": "A processor"}
DEVICE = {
    **{"type": "device", "schema": 1, "date": "2026-11-22T12:00:00Z", **GPU},
    **{"torch": "2.13.0", "driver": "570.1", "memory_bytes": 24 * 2**30, "precisions": ["bf16"]},
}
DONE = {
    **{"type": "done", "status": "complete", "reason": "", "measured": 24, "skipped": 0},
    "elapsed_s": 30.0,
}
SCRIPT = """
import json, os, signal, sys, time
DEVICE, STEPS, DONE = json.loads({data!r})
def say(**entry):
    sys.stdout.write(json.dumps(entry) + "\\n")
    sys.stdout.flush()
def progress(done, left):
    say(type="progress", done=done, points=len(STEPS), seconds_left=left, doing="decoder 4x512")
def steps(*wanted):
    for step in wanted:
        say(**step)
def wait():
    sys.stdin.read()
"""


def line_of(step):
    values = {name: value for name, value in asdict(step).items() if value is not None}
    return {"type": "measurement", "kind": "step", **values}


def python(path=ME, devices=(SEEN, CPU), torch="2.13.0", problem=None, origin=Origin.CONDA):
    found = tuple(TorchDevice(**device) for device in devices)
    return TorchPython(Path(path), origin, "3.12.1", torch, found, problem)


TRUTH = {"matmul": 1e-14, "layers_memory": 4e-12, "logits": 5e-12, "launch": 2e-4, "fixed": 1e-3}


def step_of(width, layers, batch, noise=0.0, precision="bf16"):
    """A step of a card of known truth."""
    values = {
        **{"stack": "decoder", "n_layers": layers, "d_model": width, "n_heads": width // 64},
        **{"d_ff": -(-8 * width // 3 // 64) * 64, "vocab": 8192, "seq_len": 512},
        **{"micro_batch": batch, "precision": precision, "compile": False, "processes": 1},
        **{"repeats": 20, "warmup": 2, "params": 10**6, "params_non_embedding": 10**6},
    }
    made = partial(StepMeasurement, **values)
    truth = tuple(TRUTH.get(name, 0.0) for name in TERMS)
    form = Calibrated("truth", "decoder", precision, truth, 1.0, 0.0, ())
    arch = architecture_of(made(step_time_s=1.0, step_time_spread=0.0, tokens_per_s=1.0))
    seconds = math.exp(noise) * float(form.step_seconds(arch, float(batch)))
    spread = 0.01 * seconds
    return made(step_time_s=seconds, step_time_spread=spread, tokens_per_s=batch * 512 / seconds)


@pytest.fixture(scope="session")
def measured():
    """Steps of 24 shapes, a little noisy."""
    dice = random.Random(7)
    shapes = [
        (width, layers) for width in (256, 512, 768, 1024, 1536, 2048) for layers in (2, 4, 8, 12)
    ]
    return tuple(
        step_of(width, layers, dice.choice((1, 2, 4, 8, 16)), dice.gauss(0, 0.02))
        for width, layers in shapes
    )


@pytest.fixture(scope="session")
def some_profile(measured):
    """Makes a profile of the measured steps."""

    def make(name="This PC: RTX 4090, bf16, 2026-11-22", steps=None, excluded=(), **about):
        device = {"schema": 1, "date": DEVICE["date"], **GPU, "torch": "2.13.0"}
        info = DeviceInfo(**{**device, "driver": "570.1", "memory_bytes": 24 * 2**30, **about})
        found = measured if steps is None else steps
        run = Calibration(device=info, measurements=tuple(found), elapsed_s=60.0)
        return make_profile(run, name, excluded)

    return make


@pytest.fixture
def probe(tmp_path, monkeypatch, measured):
    """Let a script play the probe of every run; its lines are known by name."""
    path = tmp_path / "a probe.py"

    def play(body="say(**DEVICE); progress(0, 9); steps(*STEPS); say(**DONE)", steps=None):
        lines = [line_of(step) for step in (measured if steps is None else steps)]
        data = json.dumps([DEVICE, lines, DONE])
        path.write_text(SCRIPT.format(data=data) + textwrap.dedent(body), encoding="utf-8")

    play()
    monkeypatch.setattr(work, "calibrate", partial(calibrate, probe=path))
    return play


@pytest.fixture
def pythons(monkeypatch):
    """Let these Pythons be found, as if each had answered."""
    answers = [python()]

    def be(*found):
        answers[:] = found

    def candidates(chosen, managed):
        return [Candidate(path, Origin.CHOSEN) for path in chosen] + [
            Candidate(one.path, one.origin) for one in answers
        ]

    def ask(found, cancelled):
        known = {one.path: one for one in answers}
        for one in found:
            yield known.get(one.path) or next(iter(ask_all([one])))

    monkeypatch.setattr(work, "candidates", candidates)
    monkeypatch.setattr(work, "ask_all", ask)
    return be


@pytest.fixture
def keep(home):
    """Save a profile in the person's folder, as an earlier session did."""

    def save(profile):
        return profiles.keep_profile(profile)

    return save


@pytest.fixture
def idle(qtbot):
    """Waits until a view has nothing running any more."""

    def wait(view):
        state = view.state
        owners = (state, state.finder, state.library, state.drafts)
        everything = [owner._jobs for owner in owners]
        qtbot.waitUntil(lambda: not any(jobs.is_busy for jobs in everything), timeout=60_000)
        for _ in range(5):
            QApplication.processEvents()

    return wait


@pytest.fixture
def opened(window, pythons, probe, idle):
    """Goes to the tab, and waits until the Pythons have answered."""

    def go():
        window.show_view(CALIBRATE)
        view = window.calibrate_view
        idle(view)
        return view

    yield go
    window.views.shut_down()


@pytest.fixture
def view(opened):
    return opened()


@pytest.fixture
def finished(view, idle):
    """A run that came to its end."""
    view.inputs.run_bar.start_button.click()
    idle(view)
    return view


@pytest.fixture
def a_python():
    """Makes a Python's answer."""
    return python


@pytest.fixture
def timed():
    """Makes a step that took so many times as long."""

    def slower(step, times):
        return replace(
            step,
            step_time_s=times * step.step_time_s,
            step_time_spread=times * step.step_time_spread,
            tokens_per_s=step.tokens_per_s / times,
        )

    return slower


@pytest.fixture
def process_is_alive():
    def ask(pid):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    return ask
