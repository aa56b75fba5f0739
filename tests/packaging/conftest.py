"""Puts packaging/ on the path: its scripts import one another by name."""

import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture(autouse=True)
def _packaging_on_the_path(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(PACKAGING), *sys.path])
