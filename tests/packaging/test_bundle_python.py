"""Which Python the bundle gets."""

import sys

import pytest

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def bundle(monkeypatch):
    import bundle

    monkeypatch.setattr(bundle, "output", lambda command: "")
    return bundle


def has(monkeypatch, bundle, *versions):
    found = {version: f"/opt/python{version}" for version in versions}
    monkeypatch.setattr(bundle, "find_version", lambda uv, version: found.get(version, ""))


def test_the_newest_wanted_python_is_taken(bundle, monkeypatch, capsys):
    has(monkeypatch, bundle, "3.11", "3.12", "3.13")
    assert bundle.find_python("uv") == "/opt/python3.13"
    assert capsys.readouterr().err == ""


def test_an_older_one_is_taken_with_a_loud_notice(bundle, monkeypatch, capsys):
    has(monkeypatch, bundle, "3.11")
    assert bundle.find_python("uv") == "/opt/python3.11"
    assert "BUNDLING PYTHON 3.11" in capsys.readouterr().err


def test_without_any_it_ends_and_says_what_is_needed(bundle, monkeypatch):
    has(monkeypatch, bundle)
    with pytest.raises(SystemExit, match=r"needs Python 3\.13 or 3\.12"):
        bundle.find_python("uv")


def test_a_python_of_another_version_is_not_taken(bundle, monkeypatch):
    monkeypatch.undo()
    assert bundle.output([sys.executable, "-c", bundle._CHECK, "2.7"]) == ""
    assert bundle.output([sys.executable, "-c", "print('answers')"]) == "answers"


def test_a_python_with_a_shared_library_is_taken(bundle, monkeypatch):
    monkeypatch.setenv("PYTHON", sys.executable)
    answers = {HERE: sys.executable}
    monkeypatch.setattr(bundle, "output", lambda command: answers.get(str(command[-1]), ""))
    assert bundle.find_version("uv", HERE) == sys.executable
    assert bundle.find_version("uv", "2.7") == ""
