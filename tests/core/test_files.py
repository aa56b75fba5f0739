"""A file is written whole or not at all."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from core.files import sweep, write_atomically

OLD, NEW = b"what stood here before\r\n", b"one,two\r\n\x00\xff"


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "folder" / "plan.csv"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def assert_untouched(path):
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", [NEW, b"", b"x" * 1_000_000])
def test_content_is_written_byte_for_byte(target, content):
    write_atomically(target, content)
    assert target.read_bytes() == content
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(target, monkeypatch, step, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        write_atomically(target, NEW)
    monkeypatch.undo()
    assert_untouched(target)


def test_a_disk_that_fills_up_leaves_the_old_file_and_nothing_else(target):
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from core.files import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    write_atomically(Path(sys.argv[1]), b'x' * 100_000)\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "File too large\n"
    assert_untouched(target)


@pytest.mark.parametrize("place", ["missing/plan.csv", "plan.csv/plan.csv", "."])
def test_a_place_that_cannot_be_written_is_an_os_error(target, place):
    with pytest.raises(OSError, match="directory"):
        write_atomically(target.parent / place, NEW)
    assert_untouched(target)


def test_a_link_stays_a_link_and_its_target_is_written(target, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "link.csv"}


def test_a_link_to_a_file_that_is_not_there_yet_makes_it(tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "later.csv")
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert (tmp_path / "later.csv").read_bytes() == NEW


def test_a_link_in_a_circle_is_no_reason_to_crash(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.symlink_to(other)
    other.symlink_to(one)
    write_atomically(one, NEW)
    assert one.read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_the_permissions_of_the_old_file_are_kept(target, mode):
    target.chmod(mode)
    write_atomically(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_new_file_gets_the_permissions_that_the_user_gives_new_files(tmp_path):
    mask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "plan.csv", NEW)
    finally:
        assert os.umask(mask) == 0o027
    assert stat.S_IMODE((tmp_path / "plan.csv").stat().st_mode) == 0o640


def test_a_pipe_is_written_into_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_atomically(pipe, NEW)
    reader.join(timeout=20)
    assert read == [NEW]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "计" * 80 + ".csv", "a b\nc.csv"])
def test_any_name_that_the_system_takes_can_be_written(tmp_path, name):
    write_atomically(tmp_path / name, NEW)
    assert (tmp_path / name).read_bytes() == NEW


def test_what_a_killed_writer_left_is_swept_away_and_nothing_else(tmp_path):
    old, young, other, folder = (
        tmp_path / name
        for name in (
            ".isoloss-abcd1234",
            ".isoloss-young123",
            ".isoloss-notes.txt",
            ".isoloss-folder12",
        )
    )
    for path in (old, young, other):
        path.write_bytes(b"half")
    folder.mkdir()
    for path in (old, other, folder):
        os.utime(path, (0, 0))
    sweep(tmp_path, 3600)
    assert sorted(tmp_path.iterdir()) == sorted([young, other, folder])
    sweep(tmp_path / "not there", 3600)
