"""What every test shares: no screen, no home of the user's, no garbage collector under Qt."""

import gc
import os
import sys

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("ci", derandomize=True, max_examples=200, deadline=None, database=None)
settings.register_profile("explore", max_examples=3000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """Collect cyclic garbage only between tests: while Qt dispatches events it can crash."""
    gc.disable()
    try:
        return (yield)
    finally:
        qt = sys.modules.get("PySide6.QtCore")
        if qt is not None and qt.QCoreApplication.instance() is not None:
            qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.Type.DeferredDelete)
            gc.collect()
        gc.enable()


def _move_home(home, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name, folder in (
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("APPDATA", "roaming"),
        ("LOCALAPPDATA", "local"),
    ):
        (home / folder).mkdir()
        monkeypatch.setenv(name, str(home / folder))


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_session(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        _move_home(tmp_path_factory.mktemp("home"), monkeypatch)
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """An empty home folder of the test's own: settings do not leak, nor reach the user's."""
    folder = tmp_path_factory.mktemp("home")
    _move_home(folder, monkeypatch)
    return folder
