"""Licence texts and bill of materials: complete, right, and the same twice."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def notices(tmp_path_factory):
    """The folder that the script writes here, in a process of its own as in a build."""
    out = tmp_path_factory.mktemp("notices") / "notices"
    done = subprocess.run(
        [sys.executable, ROOT / "packaging" / "notices.py", "--out", out],
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def bill(notices):
    return json.loads((notices / "sbom.cdx.json").read_text(encoding="utf-8"))


def test_the_bill_of_materials_is_valid_cyclonedx(notices):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (notices / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_every_run_time_dependency_is_listed_with_version_licence_and_hash(bill):
    listed = {part["name"].lower(): part for part in bill["components"]}
    for name in ("numpy", "pandas", "scipy", "pyqtgraph", "pyside6_essentials", "shiboken6"):
        part = listed[name]
        assert part["version"] == metadata.version(name)
        assert part["licenses"]
        assert part["purl"].startswith("pkg:pypi/")
        assert len(part["hashes"][0]["content"]) == 64
    assert bill["metadata"]["component"]["version"] == metadata.version("isoloss")


def test_nothing_that_only_developers_use_is_listed(bill):
    listed = {part["name"].lower() for part in bill["components"]}
    assert not listed & {"pytest", "ruff", "mypy", "cyclonedx-python-lib", "tensorboard"}


def test_the_bill_is_the_same_for_the_same_source_date_epoch(notices, tmp_path, monkeypatch):
    import notices as script

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert script.main(["--out", str(tmp_path / "again")]) == 0
    first, second = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (notices, tmp_path / "again")
    )
    assert first == second


def test_the_bill_says_what_depends_on_what(bill):
    refs = {row["ref"]: set(row.get("dependsOn", ())) for row in bill["dependencies"]}
    root = bill["metadata"]["component"]["bom-ref"]
    qt = next(part["bom-ref"] for part in bill["components"] if part["name"] == "Qt")
    pyside = next(ref for ref in refs if ref.startswith("pkg:pypi/pyside6-essentials@"))
    assert pyside in refs[root]
    assert qt in refs[pyside]


def test_every_part_has_a_text_beside_the_list(notices, bill):
    listed = (notices / "NOTICES.txt").read_text(encoding="utf-8")
    folders = {path.name for path in (notices / "licences").iterdir()}
    assert len(folders) == len(bill["components"]) + 1
    for part in bill["components"]:
        assert part["name"] in listed
    for folder in (notices / "licences").iterdir():
        texts = list(folder.iterdir())
        assert texts, folder
        assert all(text.stat().st_size > 100 for text in texts), folder


def test_the_notice_of_qt_has_both_licences_sources_and_the_way_to_replace_it(notices):
    notice = (notices / "Qt.txt").read_text(encoding="utf-8")
    version = metadata.version("PySide6-Essentials")
    assert f"official_releases/qt/{version.rpartition('.')[0]}/{version}/" in notice
    assert "_internal/PySide6/Qt/lib" in notice
    assert "{" not in notice
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (notices / "LGPL-3.0.txt").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in (notices / "GPL-3.0.txt").read_text()


def test_a_part_without_text_stops_the_build():
    from notice_parts import NoticeError, Part, check

    with pytest.raises(NoticeError, match="orphan: no licence text"):
        check([Part("orphan", "MIT", ())])


@pytest.mark.parametrize(
    ("licence", "refused"),
    [
        ("GPL-3.0-or-later", True),
        ("MIT AND GPL-2.0-only", True),
        ("AGPL-3.0-only", True),
        ("whatever you like", True),
        ("", True),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("LGPL-3.0-only OR GPL-2.0-only", False),
        ("FTL OR GPL-2.0-or-later", False),
        ("LicenseRef-public-domain", False),
    ],
)
def test_a_licence_that_would_bind_the_whole_is_refused(licence, refused):
    from notice_parts import refusal

    assert bool(refusal(licence)) is refused


@pytest.fixture
def bundle(tmp_path):
    inner = tmp_path / "isoloss" / "_internal"
    for name in ("PySide6/Qt/lib/libQt6Core.so.6", "libicuuc.so.73", "python3.13/lib-dynload/x.so"):
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_bytes(b"\x7fELF")
    return tmp_path / "isoloss"


def test_a_library_of_the_bundle_that_belongs_to_no_part_stops_the_build(bundle):
    from notice_bundle import parts_of_bundle
    from notice_parts import NoticeError, other_parts, packages

    known = packages()
    parts = [*known.values(), *other_parts(known, "linux")]
    assert parts_of_bundle(bundle, parts) == parts
    (bundle / "_internal" / "libsurprise.so.1").write_bytes(b"\x7fELF")
    with pytest.raises(NoticeError, match=r"_internal/libsurprise\.so\.1"):
        parts_of_bundle(bundle, parts)


def test_a_bundle_gets_the_notices_of_what_it_really_holds(bundle, tmp_path):
    from notice_parts import NoticeError
    from notices import replace_in

    made = tmp_path / "made"
    (made / "licences" / "new").mkdir(parents=True)
    (made / "NOTICES.txt").write_text("after")
    with pytest.raises(NoticeError, match="has no notices"):
        replace_in(bundle, made)
    inside = bundle / "_internal" / "notices"
    (inside / "licences" / "old").mkdir(parents=True)
    (inside / "NOTICES.txt").write_text("before")
    replace_in(bundle, made)
    assert (inside / "NOTICES.txt").read_text() == "after"
    assert [part.name for part in (inside / "licences").iterdir()] == ["new"]


def test_a_library_of_the_system_brings_the_text_of_its_package(bundle):
    from notice_bundle import _package_of, parts_of_bundle
    from notice_parts import check, other_parts, packages

    if not _package_of("libz.so.1"):
        pytest.skip("no dpkg here that owns libz.so.1")
    (bundle / "_internal" / "libz.so.1").write_bytes(b"\x7fELF")
    known = packages()
    parts = parts_of_bundle(bundle, [*known.values(), *other_parts(known, "linux")])
    brought = next(part for part in parts if part.name == "zlib1g")
    assert "Jean-loup Gailly" in brought.texts[0][1]
    assert brought.source.startswith("https://")
    assert len(brought.sha256) == 64
    assert "zlib" not in {part.name for part in parts}, "CPython's own would be listed twice"
    check(parts)


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_table_has_texts_for_every_system(system):
    from notice_parts import check, other_parts, packages

    known = packages()
    parts = other_parts(known, system)
    check(parts)
    assert {"Qt", "OpenBLAS and LAPACK", "OpenSSL", "Inter"} <= {part.name for part in parts}
    assert ("Microsoft Visual C++ runtime" in {part.name for part in parts}) is (system == "win32")


def test_of_a_package_that_only_the_bundle_holds_come_its_modules_and_not_its_dependencies():
    from notice_parts import packages

    found = packages(extra=frozenset({"pytest"}))
    assert "pytest" in found
    assert any(need.startswith("pluggy") for need in metadata.requires("pytest"))
    assert "pluggy" not in found
    assert found["pytest"].needs == ()
    assert "numpy" in found["pandas"].needs
