"""No test of the catalogue touches the real folder of a person."""

import pytest

from core.folders import FOLDER_VARIABLE


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The person's folder of this test, not made yet."""
    own = tmp_path / "own"
    monkeypatch.setenv(FOLDER_VARIABLE, str(own))
    return own
