"""What differs when the app is a folder of its own: the environment, and no pip."""

import os
import sys

import pytest

from core.bundle import bundle_folder, restore_environment
from core.errors import InputError
from core.hardware.offers import fetch_offers
from core.runs.readers import read_runs

HIDDEN = None  # in sys.modules: the import fails


@pytest.fixture
def bundled(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    return tmp_path


def test_from_source_there_is_no_bundle():
    assert bundle_folder() is None


def test_the_libraries_of_the_bundle_are_not_handed_on(bundled):
    environ = {
        "LD_LIBRARY_PATH": f"{bundled}{os.pathsep}/opt/cuda/lib",
        "LD_LIBRARY_PATH_ORIG": "/opt/cuda/lib",
        "DYLD_LIBRARY_PATH": f"{bundled / 'lib'}{os.pathsep}/opt/own",
        "_PYI_ARCHIVE_FILE": "isoloss",
        "QT_PLUGIN_PATH": str(bundled),
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": "/home/ada",
    }
    restore_environment(environ)
    assert environ == {
        "LD_LIBRARY_PATH": "/opt/cuda/lib",
        "LD_LIBRARY_PATH_ORIG": "/opt/cuda/lib",
        "DYLD_LIBRARY_PATH": "/opt/own",
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": "/home/ada",
    }


def test_a_variable_that_only_the_bundle_set_goes(bundled):
    environ = {"LD_LIBRARY_PATH": str(bundled)}
    restore_environment(environ)
    assert environ == {}


def test_without_its_parquet_reader_the_app_says_how_to_make_csv(bundled, monkeypatch, tmp_path):
    for name in ("pyarrow", "pyarrow.parquet"):  # another test may have imported it
        monkeypatch.setitem(sys.modules, name, HIDDEN)
    file = tmp_path / "runs.parquet"
    file.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="CSV or JSON Lines") as caught:
        read_runs([file])
    assert "pip" not in str(caught.value)


def test_without_gpuhunt_the_app_says_what_works_instead(bundled, monkeypatch):
    monkeypatch.setitem(sys.modules, "gpuhunt", HIDDEN)
    with pytest.raises(InputError, match="give a price of your own") as caught:
        fetch_offers("aws")
    assert "pip" not in str(caught.value)
