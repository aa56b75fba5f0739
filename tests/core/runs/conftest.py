"""Tables written for a test."""

from pathlib import Path

import pytest

from core.runs.points import Columns
from core.runs.readers import read_runs

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def samples():
    """Folder of small files of each format."""
    return SAMPLES


@pytest.fixture
def read(tmp_path):
    """Write ``content`` (text or bytes) to a file and read it."""

    def read_content(content, name="runs.csv", **said):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_runs([path], Columns(**said))

    return read_content


@pytest.fixture
def told(read):
    """The problems of a file as text, without its name."""

    def problems_of(content, name="runs.csv", **said):
        table = read(content, name, **said)
        return [str(problem).removeprefix(name).lstrip(",: ") for problem in table.problems]

    return problems_of
