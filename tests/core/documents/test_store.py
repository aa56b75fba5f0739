"""Saving loses nothing, whatever happens meanwhile."""

import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from core.documents.document import MOST_BYTES, PlanDocument, document_to_bytes
from core.documents.store import (
    backup_of,
    changed_since,
    has_backup,
    is_plan_file,
    open_plan,
    save_plan,
    stamp_of,
    with_plan_suffix,
)
from core.errors import InputError
from core.files import is_gone, write_atomically
from core.planner import PlanRequest

OLD, NEW, NEWER = (PlanDocument(PlanRequest(value=hours)) for hours in (12.0, 24.0, 36.0))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "my plan.isoloss"


def test_what_is_saved_is_opened(path):
    stamp = save_plan(path, NEW)
    opened = open_plan(path)
    assert opened.document == NEW
    assert opened.stamp == stamp == stamp_of(path)


def test_the_version_before_is_kept_and_not_pushed_out_by_saving_the_same_again(path):
    for document in (OLD, NEW, NEW):
        save_plan(path, document)
    assert open_plan(path).document == NEW
    assert open_plan(backup_of(path)).document == OLD


def test_a_damaged_file_does_not_take_the_place_of_a_good_backup(path):
    save_plan(path, OLD)
    save_plan(path, NEW)
    path.write_bytes(b"{ damaged")
    save_plan(path, NEWER)
    assert open_plan(path).document == NEWER
    assert open_plan(backup_of(path)).document == OLD
    assert path.with_suffix(".isoloss.damaged").read_bytes() == b"{ damaged"


def test_the_file_of_a_newer_isoloss_is_kept_when_it_is_saved_over(path):
    values = json.loads(document_to_bytes(OLD)) | {"version": 9}
    path.write_text(json.dumps(values))
    save_plan(path, NEW)
    assert json.loads(backup_of(path).read_text())["version"] == 9


def test_an_older_version_stays_as_it_is_until_it_is_saved(path):
    old = {"format": "isoloss-plan", "version": 1, "by": "hours", "value": 24, "gpu": "V100"}
    path.write_text(json.dumps(old))
    opened = open_plan(path)
    assert json.loads(path.read_text()) == old
    save_plan(path, PlanDocument(opened.document.request))
    assert json.loads(path.read_text())["version"] == 2
    assert json.loads(backup_of(path).read_text()) == old


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_permissions_are_kept_and_the_backup_is_as_private(path, mode):
    save_plan(path, OLD)
    path.chmod(mode)
    save_plan(path, NEW)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, backup_of(path))] == [mode, mode]


def test_a_link_stays_a_link_and_the_backup_lies_beside_the_file(path, tmp_path):
    save_plan(path, OLD)
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "plan.isoloss"
    link.symlink_to(path)
    save_plan(link, NEW)
    assert link.is_symlink()
    assert open_plan(path).document == NEW
    assert open_plan(backup_of(link)).document == OLD
    assert list(folder.iterdir()) == [link]


def test_a_change_by_somebody_else_is_seen_and_a_touch_is_none(path):
    stamp = save_plan(path, OLD)
    assert not changed_since(path, stamp)
    os.utime(path, ns=(1, 1))
    assert not changed_since(path, stamp)
    save_plan(path, NEW)
    assert changed_since(path, stamp)
    assert changed_since(path, None)
    path.unlink()
    assert not changed_since(path, stamp)


def test_a_file_of_the_same_size_at_another_time_is_compared_by_content(path):
    stamp = save_plan(path, OLD)
    save_plan(path, PlanDocument(PlanRequest(value=13.0)))
    assert path.stat().st_size == stamp.size
    assert changed_since(path, stamp)


def test_a_damaged_file_names_its_backup(path):
    save_plan(path, OLD)
    save_plan(path, NEW)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"kept in my plan\.isoloss\.bak"):
        open_plan(path)


def test_a_newer_file_does_not_send_one_to_an_old_backup(path):
    save_plan(path, OLD)
    save_plan(path, NEW)
    path.write_text(json.dumps({"format": "isoloss-plan", "version": 3}))
    with pytest.raises(InputError, match="update") as refused:
        open_plan(path)
    assert "bak" not in str(refused.value)


def test_folders_pipes_devices_and_nothing_are_refused_at_once(tmp_path):
    pipe, folder = tmp_path / "pipe.isoloss", tmp_path / "folder.isoloss"
    os.mkfifo(pipe)
    folder.mkdir()
    for place in (pipe, folder, tmp_path / "none.isoloss", type(pipe)("/dev/zero")):
        with pytest.raises(InputError, match=r"^plan must be"):
            open_plan(place)
        if place.exists():
            with pytest.raises(InputError, match=r"^file must be"):
                save_plan(place, NEW)
    for name in ("a\x00b", "x" * 5000):
        with pytest.raises(InputError):
            open_plan(tmp_path / name)
        with pytest.raises(InputError):
            save_plan(tmp_path / name, NEW)


def test_a_file_too_big_is_neither_read_nor_replaced(path):
    with path.open("wb") as file:
        file.truncate(MOST_BYTES * 1000)
    with pytest.raises(InputError, match="10 MB"):
        open_plan(path)
    with pytest.raises(InputError):
        save_plan(path, NEW)
    assert path.stat().st_size == MOST_BYTES * 1000


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("at", [0, 1])
def test_a_full_disk_is_one_sentence_and_nothing_is_lost(path, monkeypatch, step, at):
    save_plan(path, OLD)
    save_plan(path, NEW)
    real, calls = getattr(os, step), []

    def full(*arguments, **options):
        calls.append(arguments)
        if len(calls) > at * (2 if step == "fsync" else 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    monkeypatch.setattr(os, step, full)
    with pytest.raises(InputError, match="No space left on device"):
        save_plan(path, NEWER)
    monkeypatch.undo()
    assert open_plan(path).document == NEW
    assert open_plan(backup_of(path)).document in (OLD, NEW)
    assert len(list(path.parent.iterdir())) == 2


def run(script, *arguments):
    """A script with ``save_plan`` at hand, in a process of its own."""
    start = """
        import os, resource, signal, sys
        from pathlib import Path
        from core.documents.document import PlanDocument
        from core.documents.store import save_plan
        from core.errors import InputError
        from core.planner import PlanRequest
        path, NEW = Path(sys.argv[1]), PlanDocument(PlanRequest(value=36.0))
    """
    text = textwrap.dedent(start) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", text, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_disk_quota_leaves_the_old_plan_and_nothing_else(path):
    save_plan(path, OLD)
    said = run(
        """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
        try:
            save_plan(path, NEW)
        except InputError as error:
            print(error)
        """,
        path,
    )
    assert "File too large" in said
    assert open_plan(path).document == OLD
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o755, 0o777], ids=["folder", "file"])
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_write_is_told_and_nothing_is_lost(tmp_path, mode):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "plan.isoloss"
        save_plan(path, OLD)
        path.chmod(0o444)
        path.parent.chmod(mode)
        said = run(
            """
            save_plan(Path(sys.argv[2]), NEW)  # what is loaded later, nobody may read
            os.setuid(65534)
            try:
                save_plan(path, NEW)
            except InputError as error:
                print(error)
            """,
            path,
            tmp_path / "warm.isoloss",
        )
        assert "Permission denied" in said
        assert open_plan(path).document == OLD
        assert set(path.parent.iterdir()) <= {path, backup_of(path)}


def test_kill_9_at_any_line_of_a_save_loses_nothing(path, tmp_path):
    """A child of a process that has everything loaded is killed at line k, for every k."""
    save_plan(path, OLD)
    save_plan(path, NEW)
    outcomes = run(
        """
        import shutil
        from core.documents.store import backup_of, open_plan
        OURS = ("core/files.py", "core/documents/store.py")
        keep = Path(sys.argv[2])
        for name in (path, backup_of(path)):
            shutil.copy(name, keep / name.name)

        def save_and_die(at):
            left = at

            def lines(frame, event, argument):
                nonlocal left
                if event == "line":
                    left -= 1
                    if left < 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return lines

            def calls(frame, event, argument):
                return lines if frame.f_code.co_filename.endswith(OURS) else None

            sys.settrace(calls)
            save_plan(path, NEW)
            os._exit(0)

        save_plan(keep / "warm.isoloss", NEW)  # reads the catalogues once, in the parent
        for at in range(1000):
            for name in (path, backup_of(path)):
                shutil.copy(keep / name.name, name)
            child = os.fork()
            if child == 0:
                save_and_die(at)
            _, status = os.waitpid(child, 0)
            hours = [open_plan(one).document.request.value for one in (path, backup_of(path))]
            print(at, *hours, os.WIFSIGNALED(status))
            if not os.WIFSIGNALED(status):
                break
        """,
        path,
        make(tmp_path / "keep"),
    )
    rows = [line.split() for line in outcomes.splitlines()]
    assert len(rows) > 60
    assert rows[-1][1:] == ["36.0", "24.0", "False"]
    # never anything but a whole plan: old and old, old and its copy, new and old
    seen = {tuple(row[1:3]) for row in rows}
    assert seen == {("24.0", "12.0"), ("24.0", "24.0"), ("36.0", "24.0")}


def make(folder):
    folder.mkdir()
    return folder


def test_the_folder_is_on_the_disk_too(path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_mode), real(handle))[1]
    )
    write_atomically(path, b"x")
    assert [stat.S_ISDIR(mode) for mode in synced] == [False, True]


def test_plan_files_are_known_by_their_names():
    assert is_plan_file("A.ISOLOSS")
    assert is_plan_file("a.isoloss.bak")
    assert not is_plan_file("a.isoloss-law")


@pytest.mark.parametrize("letter", ["x", "計"])
@pytest.mark.parametrize("spare", range(0, 12, 3))
def test_the_longest_names_are_saved_again_and_keep_a_backup_of_their_own(tmp_path, letter, spare):
    room = 255 - len(".isoloss") - spare - 1
    stem = letter * (room // len(letter.encode()))
    first, second = (tmp_path / f"{stem}{end}.isoloss" for end in "ab")
    for path, documents in ((first, (OLD, NEW)), (second, (NEW, NEWER))):
        for document in documents:
            save_plan(path, document)
    assert [open_plan(backup_of(path)).document for path in (first, second)] == [OLD, NEW]
    assert is_plan_file(backup_of(first).name)
    first.write_bytes(b"{ damaged")
    with pytest.raises(InputError, match="the version before is kept in"):
        open_plan(first)


def test_where_nobody_may_look_there_is_no_backup_and_nothing_counts_as_gone(path, monkeypatch):
    def refuse(self, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    assert is_gone(path)
    save_plan(path, OLD)
    assert not is_gone(path)
    assert is_gone(path / "in a file")
    monkeypatch.setattr(Path, "stat", refuse)
    assert not has_backup(path)
    assert not is_gone(path)


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ("budget v1.5", "budget v1.5.isoloss"),
        ("plan.txt", "plan.txt.isoloss"),
        ("trail. ", "trail.isoloss"),
        ("kept.isoloss.bak", "kept.isoloss.bak.isoloss"),
        ("BIG.ISOLOSS", "BIG.ISOLOSS"),
    ],
)
def test_whatever_name_is_typed_the_file_is_called_like_a_plan(tmp_path, typed, saved):
    assert with_plan_suffix(tmp_path / typed) == tmp_path / saved


def test_a_save_takes_away_what_a_killed_one_has_left(path):
    left = path.with_name(".isoloss-abcd1234")
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    save_plan(path, OLD)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
