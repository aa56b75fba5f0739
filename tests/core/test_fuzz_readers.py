"""Whatever stands in a file of a person's: an error in words, and the file stays as it is."""

import itertools
import os
import shutil
from pathlib import Path

import pytest
from fuzz_targets import TARGETS
from hypothesis import HealthCheck, given, settings
from mutations import contents

EXAMPLES = 40 if os.environ.get("HYPOTHESIS_PROFILE", "ci") == "ci" else 2000

_numbers = itertools.count()


@pytest.fixture
def put(tmp_path):
    """Write a file of a target into a folder of its own: stamps cannot be mistaken then."""

    def write(target, content):
        path = tmp_path / str(next(_numbers)) / target.file
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("name", TARGETS)
def test_files_that_the_app_writes_are_read(name, put):
    target = TARGETS[name]
    for content in target.seeds():
        assert target.use(put(target, content)) is None


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_an_input_error_comes_of_any_content_and_the_file_stays(name, put):
    target = TARGETS[name]

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(contents(target.seeds(), target.kind))
    def check(content):
        path = put(target, content)
        target.use(path)
        if target.may_move:
            (path,) = [kept for kept in path.parent.iterdir() if kept.name.startswith(path.name)]
        assert path.read_bytes() == content
        shutil.rmtree(path.parent)

    check()


def _folder(path):
    path.mkdir(parents=True)


def _pipe(path):
    os.mkfifo(path)


def _device(path):
    path.symlink_to("/dev/zero")


def _circle(path):
    path.symlink_to(path.name)


def _gigabyte_of_nothing(path):
    with path.open("wb") as file:
        file.truncate(2**30)


def _gigabyte_of_brackets(path):
    with path.open("wb") as file:
        file.write(b"[" * 2**20)
        file.truncate(2**30)


def _half_a_gigabyte_in_a_line(path):
    with path.open("wb") as file:
        file.write(
            b"id,memory_gb,mem_bw_gb_s,gpu,provider,gpus_in_instance,n_layers,d_model,loss\n"
        )
        for _ in range(20):
            file.write(b"1" * 2**20)
        file.truncate(500 * 2**20)


HOSTILE = [
    *(_folder, _pipe, _device, _circle),
    *(_gigabyte_of_nothing, _gigabyte_of_brackets, _half_a_gigabyte_in_a_line),
]


@pytest.fixture
def little_memory():
    """A process that may take 700 MB more than it has; what reads on then fails, and soon."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + 700 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda make: make.__name__.strip("_"))
@pytest.mark.parametrize("name", [name for name in TARGETS if name != "lock"])  # it is its own
def test_what_is_no_file_or_far_too_big_is_refused_without_waiting(
    name, hostile, tmp_path, request
):
    target = TARGETS[name]
    warm = tmp_path / "warm" / target.file
    warm.parent.mkdir(parents=True)
    warm.write_bytes(target.seeds()[0])
    target.use(warm)  # what it imports is not what the file takes
    path = tmp_path / "there" / target.file
    path.parent.mkdir(parents=True)
    hostile(path)
    request.getfixturevalue("little_memory")
    error = target.use(path)
    if target.refuses:
        assert error is not None
    assert os.path.lexists(path) or target.may_move


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.given])
@pytest.mark.parametrize("path", ["x" * 300, "a\0b", "~nobody-of-this-name/x", ""])
def test_a_path_that_no_system_takes_is_refused(name, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert TARGETS[name].use(Path(path)) is not None
