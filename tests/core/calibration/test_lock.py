"""One calibration at a time, and a lock that nobody has to clean up."""

import subprocess
import sys
from pathlib import Path

import pytest

import core
from core.calibration.lock import Holder, Lock

ROOT = Path(core.__file__).parents[1]


def test_the_second_is_told_who_has_it(taken_lock, tmp_path):
    holder = Lock(tmp_path).take("cpu")
    assert holder.device == "cuda:0" and holder.pid and holder.since


def test_it_is_free_once_it_was_given_back(taken_lock, tmp_path):
    taken_lock.release()
    again = Lock(tmp_path)
    assert again.take("cpu") is None
    again.release()


def test_it_is_free_once_its_process_was_killed(tmp_path):
    source = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from core.calibration.lock import Lock
lock = Lock(Path({str(tmp_path)!r}))
print(lock.take("mps"), flush=True)
sys.stdin.read()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", source], **pipes) as other:
        assert other.stdout.readline() == b"None\n"
        assert Lock(tmp_path).take("cpu").device == "mps"
        other.kill()
        other.wait()
    lock = Lock(tmp_path)
    assert lock.take("cpu") is None
    lock.release()


def test_a_lock_file_that_says_nothing_is_still_a_lock(taken_lock, tmp_path):
    taken_lock.path.write_bytes(b"\xff not json")
    assert Lock(tmp_path).take("cpu") == Holder()


def test_what_is_done_once_at_a_time_goes_by_name(taken_lock, tmp_path):
    other = Lock(tmp_path, "setting-up")
    assert other.take("PyTorch") is None
    other.release()


@pytest.mark.parametrize("content", ["[" * 4000, '{"pid": 1e999, "since": "", "device": ""}'])
def test_a_lock_file_that_says_nonsense_is_a_holder_without_a_name(taken_lock, tmp_path, content):
    taken_lock.path.write_text(content)
    assert Lock(tmp_path).take("cpu") == Holder()
