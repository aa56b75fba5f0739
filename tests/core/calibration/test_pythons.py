"""Pythons are found without starting them, and each says for itself what it has."""

import os
import sys
from pathlib import Path

import pytest

from core.calibration.profile import changes_since, make_profile
from core.calibration.pythons import (
    Candidate,
    Origin,
    ask,
    ask_all,
    candidates,
    interpreter_in,
)
from core.errors import InputError


def make_python(folder, name="python3"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/false\n")
    (folder / name).chmod(0o755)
    return folder / name


def script(path, source):
    path.write_text(f"#!{sys.executable}\n{source}")
    path.chmod(0o755)
    return Candidate(path, Origin.CHOSEN)


@pytest.fixture
def found(home):
    def look(**options):
        options.setdefault("environ", {})
        return {
            str(one.path): one.origin for one in candidates(**options) if home in one.path.parents
        }

    return look


def test_the_python_that_runs_the_app_is_found_where_it_is_not_frozen(monkeypatch):
    app = Candidate(Path(sys.executable).absolute(), Origin.APP)
    assert app in candidates(environ={})
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert app not in candidates(environ={})


def test_every_kind_of_place_is_looked_at(found, home):
    (home / ".conda").mkdir()
    elsewhere = home / "my envs" / "Ünï"
    (home / ".conda" / "environments.txt").write_text(f"{elsewhere}\n/no/such/place\n\n")
    places = {
        home / "miniforge3" / "bin": Origin.CONDA,
        home / "miniforge3" / "envs" / "train" / "bin": Origin.CONDA,
        home / "mamba" / "envs" / "b" / "bin": Origin.CONDA,
        home / ".local" / "share" / "mamba" / "envs" / "c" / "bin": Origin.CONDA,
        elsewhere / "bin": Origin.CONDA,
        home / "active" / "bin": Origin.VENV,
        home / "tools": Origin.PATH,
        home / ".pyenv" / "versions" / "3.12.1" / "bin": Origin.PYENV,
        home / ".local" / "share" / "uv" / "python" / "cpython-3.13" / "bin": Origin.UV,
        home / "pointed" / "bin": Origin.CHOSEN,
    }
    made = {str(make_python(folder)): origin for folder, origin in places.items()}
    environ = {
        "VIRTUAL_ENV": str(home / "active"),
        "MAMBA_ROOT_PREFIX": str(home / "mamba"),
        "PATH": os.pathsep.join([str(home / "tools"), "", str(home / "nothing here")]),
    }
    assert found(environ=environ, chosen=[home / "pointed", home / "gone"]) == made


def test_a_python_with_two_names_is_listed_once(found, home):
    python = make_python(home / "one")
    (home / "one" / "python").symlink_to(python)
    (home / "two").mkdir()
    (home / "two" / "python3").symlink_to(python)
    environ = {"PATH": f"{home / 'one'}{os.pathsep}{home / 'two'}"}
    assert found(environ=environ) == {str(python): Origin.PATH}


def test_an_environment_is_another_than_the_python_it_links_to(found, home):
    python = make_python(home / "one")
    (home / "env" / "bin").mkdir(parents=True)
    (home / "env" / "pyvenv.cfg").write_text("")
    (home / "env" / "bin" / "python3").symlink_to(python)
    environ = {"PATH": str(home / "one"), "VIRTUAL_ENV": str(home / "env")}
    assert len(found(environ=environ)) == 2


def test_shims_and_shop_aliases_are_left_out(found, home):
    make_python(home / ".pyenv" / "shims")
    make_python(home / "AppData" / "WindowsApps")
    folders = (home / ".pyenv" / "shims", home / "AppData" / "WindowsApps")
    assert found(environ={"PATH": os.pathsep.join(map(str, folders))}) == {}


def test_what_a_person_points_to_may_be_a_file_or_a_folder(tmp_path):
    python = make_python(tmp_path / "env" / "bin")
    for place in (python, python.parent, tmp_path / "env"):
        assert interpreter_in(place) == python
    with pytest.raises(InputError, match="python"):
        interpreter_in(tmp_path)


def test_a_python_without_pytorch_says_so(tmp_path):
    answer = ask(Candidate(Path(sys.executable), Origin.APP))
    assert answer.version == ".".join(map(str, sys.version_info[:3]))
    assert not answer.is_usable and answer.torch == ""
    assert answer.problem.code == "torch_missing"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import time; time.sleep(600)", "hang"),
        ("print('hello')", "not_the_probe"),
        ("raise SystemExit(3)", "not_the_probe"),
        ("import sys; sys.exit('SyntaxError: invalid syntax')", "python_too_old"),
        ('print(\'{"type": "python", "python": 3}\')', "not_the_probe"),
        (
            'print(\'{"type": "python", "python": "3.11", "problem": "",\' \'"devices": [7]}\')',
            "not_the_probe",
        ),
        ("print('[' * 100000)", "not_the_probe"),
    ],
)
def test_a_python_that_does_not_answer_has_a_problem(source, code, tmp_path):
    limit_s = 1.0 if code == "hang" else 60.0
    answer = ask(script(tmp_path / "a python", source), limit_s=limit_s)
    assert answer.problem.code == code
    assert str(tmp_path / "a python") in str(answer.problem)


def test_a_python_that_cannot_be_started_has_a_problem(tmp_path):
    (tmp_path / "python").write_text("not a program")
    for path in (tmp_path / "none", tmp_path / "python"):
        assert ask(Candidate(path, Origin.PATH)).problem.code == "not_started"


def test_what_a_python_greets_with_does_not_hide_its_answer(tmp_path):
    answer = (
        "print('Welcome!')\n"
        'print(\'{"type": "python", "python": "3.12.1", "torch": "2.6", "problem": \''
        ' \'"", "devices": [{"device": "cuda:0", "kind": "cuda", "name": "X"}]}\')'
    )
    found = ask(script(tmp_path / "python", answer))
    assert found.is_usable and found.torch == "2.6"
    assert [device.device for device in found.devices] == ["cuda:0"]


GPU_TORCH = """
    from types import SimpleNamespace as Names
    __version__ = "2.13.0+cu130"
    version = Names(cuda="13.0", hip=None)
    backends = Names(mps=Names(is_available=lambda: False))
    found = Names(total_memory=16 * 2**30, major=7, minor=0, multi_processor_count=80, uuid="a-b")
    cuda = Names(
        device_count=lambda: 1,
        get_device_name=lambda index: "Tesla V100-SXM2-16GB",
        get_device_properties=lambda index: found,
        get_device_capability=lambda index: (7, 0),
    )
    def device(name):
        return Names(type=name.split(":")[0], index=0)
    def get_num_threads():
        return 4
"""
PYNVML = """
NVML_CLOCK_SM = 1
def nvmlInit(): pass
def nvmlDeviceGetHandleByUUID(uuid):
    assert uuid == b"GPU-a-b"
    return 7
def nvmlSystemGetDriverVersion(): return "580.95"
def nvmlDeviceGetMaxClockInfo(handle, clock): return 1530
def nvmlDeviceGetEnforcedPowerLimit(handle): return 300000
"""


def test_a_gpu_says_its_driver_clock_and_power_limit_of_now(stub_python, machine):
    python = stub_python(GPU_TORCH)
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    (site / "pynvml.py").write_text(PYNVML)
    answer = ask(Candidate(python, Origin.CHOSEN))
    assert answer.is_usable, answer.problem
    card, processor = answer.devices
    assert (card.device, card.driver, card.runtime, card.torch) == (
        *("cuda:0", "580.95", "13.0", "2.13.0+cu130"),
    )
    assert (card.clock_max_mhz, card.power_limit_w, card.threads) == (1530, 300, 4)
    assert processor.device == "cpu" and processor.driver == ""
    measured = machine().calibration(
        machine().steps(8),
        **{"kind": "cuda", "name": card.name, "driver": "550.2", "clock_max_mhz": 1380.0},
        **{"power_limit_w": 300.0},
    )
    said = [str(message) for message in changes_since(make_profile(measured), answer.devices)]
    assert said == [
        "The driver was 550.2 and is 580.95.",
        "PyTorch was 2.13.0 and is 2.13.0+cu130.",
        "The highest clock was 1,380 MHz and is 1,530.",
    ]


def test_a_slow_python_does_not_hold_up_the_others(tmp_path):
    slow = script(tmp_path / "slow", "import time; time.sleep(600)")
    quick = [Candidate(Path(sys.executable), Origin.APP)] * 2
    answers = ask_all([slow, *quick], limit_s=600)
    assert next(answers).origin is Origin.APP
    assert next(answers).origin is Origin.APP
    answers.close()


def test_asking_many_can_be_cancelled(tmp_path):
    slow = [script(tmp_path / f"slow {n}", "import time; time.sleep(600)") for n in range(5)]
    asked = []
    assert list(ask_all(slow, cancelled=lambda: asked.append(1) or len(asked) > 4)) == []


@pytest.mark.timeout(900)
def test_a_python_with_pytorch_lists_its_devices(torch_python):
    answer = ask(Candidate(torch_python, Origin.CHOSEN))
    assert answer.is_usable
    assert answer.torch.startswith("2.")
    assert answer.devices[-1].device == "cpu"
    assert answer.devices[-1].name and answer.devices[-1].memory_bytes > 10**8
    assert answer.devices[-1].torch == answer.torch and answer.devices[-1].threads >= 1


def test_a_list_of_environments_with_nonsense_in_it_is_no_reason_to_crash(home):
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_bytes(b"/opt/a\0b\n" + b"x" * 3000 + b"\n~\n")
    assert all(one.origin is not Origin.CONDA for one in candidates(environ={}))
