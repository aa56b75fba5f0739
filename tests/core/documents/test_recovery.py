"""What a crash leaves is offered once, to one, and only when its owner is gone."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import pytest

from core.documents.document import PlanDocument
from core.documents.recovery import Autosave, Unsaved, left_behind
from core.documents.store import save_plan
from core.planner import PlanRequest

AT = datetime(2026, 11, 22, 14, 32, 5)
PLAN = PlanDocument(PlanRequest(value=24.0))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "autosave"


def killed(folder, hours):
    """A process that autosaves and is killed."""
    script = """
        import os, signal, sys
        from datetime import datetime
        from pathlib import Path
        from core.documents.document import PlanDocument
        from core.documents.recovery import Autosave, Unsaved
        from core.planner import PlanRequest
        hours = float(sys.argv[2])
        plan = PlanDocument(PlanRequest(value=hours))
        at = datetime(2026, 11, 22, int(hours) % 24, 32)
        Autosave(Path(sys.argv[1])).write(Unsaved(plan, at))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(folder), str(hours)], check=False
    )
    assert done.returncode == -signal.SIGKILL


def test_what_killed_processes_leave_is_offered_the_latest_first(folder):
    killed(folder, 5.0)
    killed(folder, 7.0)
    found = left_behind(folder)
    assert [one.unsaved.document.request.value for one in found] == [7.0, 5.0]
    for one in found:
        one.discard()
    assert left_behind(folder) == ()
    assert list(folder.iterdir()) == []


def test_what_is_being_offered_is_offered_to_nobody_else_and_released_unharmed(folder):
    killed(folder, 5.0)
    (one,) = left_behind(folder)
    assert left_behind(folder) == ()
    one.release()
    (again,) = left_behind(folder)
    assert again.unsaved == one.unsaved
    again.release()


def test_a_running_process_keeps_its_own(folder):
    ours = Autosave(folder)
    ours.write(Unsaved(PLAN, AT))
    assert left_behind(folder) == ()
    ours.close()
    assert list(folder.iterdir()) == []


def test_name_time_and_stamp_of_the_file_come_back(folder, tmp_path):
    path = tmp_path / "plan.isoloss"
    stamp = save_plan(path, PLAN)
    ours = Autosave(folder)
    ours.write(Unsaved(PLAN, AT, path, stamp))
    copy = ours.path.read_bytes()
    ours.close()
    ours.path.write_bytes(copy)
    (one,) = left_behind(folder)
    assert one.unsaved == Unsaved(PLAN, AT, path, stamp)
    one.release()


def test_what_cannot_be_read_is_left_alone(folder):
    killed(folder, 5.0)
    (name,) = folder.glob("*.autosave")
    content = name.read_bytes()
    for damage in (b"", b"{", content[:-9], content.replace(b"24", b"NaN"), b"[" * 10**6):
        name.write_bytes(damage)
        for one in left_behind(folder):
            one.release()
        assert name.read_bytes() == damage


def test_those_of_other_machines_in_a_shared_home_are_theirs(folder):
    killed(folder, 5.0)
    (name,) = folder.glob("*.autosave")
    name.rename(name.with_name("77-abcd-another.host.autosave"))
    assert left_behind(folder) == ()


def test_nothing_is_made_before_there_is_something_to_keep(folder):
    ours = Autosave(folder)
    ours.clear()
    ours.close()
    assert not folder.exists()
    assert left_behind(folder) == ()


def test_only_the_person_can_read_it(folder):
    ours = Autosave(folder)
    ours.write(Unsaved(PLAN, AT))
    assert os.stat(ours.path).st_mode & 0o077 == 0  # noqa: PTH116
    ours.close()
    assert Path(folder).is_dir()


@pytest.mark.parametrize("depth", range(930, 1000, 2))
def test_one_nested_as_deep_as_can_be_read_is_left_alone(folder, depth):
    autosave = Autosave(folder)
    autosave.write(Unsaved(PLAN, AT))
    nested = "[" * depth + "]" * depth
    content = f'{{"format": "isoloss-autosave", "version": 1, "plan": {{"a": {nested}}}}}'
    autosave.path.write_text(content)
    autosave._lock.release()
    assert left_behind(folder) == ()
    assert autosave.path.read_text() == content
