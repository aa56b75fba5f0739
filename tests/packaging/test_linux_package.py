"""The .deb and the archive, made of a payload that takes no time to make."""

import argparse
import configparser
import gzip
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the packages of Linux are made on Linux"
)

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"
MIME_TYPE = "application/vnd.isoloss.plan+json"
EPOCH = "1790000000"


@pytest.fixture(autouse=True)
def _scripts_on_the_path(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(LINUX), *sys.path])


def make_payload(folder):
    internal = folder / "_internal"
    (internal / "notices").mkdir(parents=True)
    (internal / "notices" / "LICENCES.txt").write_text("all of them\n")
    (internal / "data.bin").write_bytes(bytes(range(256)) * 64)
    (internal / "link.bin").symlink_to("data.bin")
    program = folder / "isoloss"
    program.write_text('#!/bin/sh\necho "ran with $*"\n')
    program.chmod(0o755)
    return folder


def build(payload, dist, **environ):
    done = subprocess.run(
        [sys.executable, LINUX / "build.py", payload, dist],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "SOURCE_DATE_EPOCH": EPOCH,
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def only(folder, pattern):
    found = list(folder.glob(pattern))
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    missing = [tool for tool in ("dpkg-deb", "readelf", "zstd") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"make installer gets or names them: {missing}")
    folder = tmp_path_factory.mktemp("dist")
    build(make_payload(tmp_path_factory.mktemp("payload") / "isoloss"), folder)
    return folder


@pytest.fixture(scope="module")
def installed(dist, tmp_path_factory):
    """The .deb unpacked as dpkg would."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["dpkg-deb", "--extract", only(dist, "*.deb"), root], check=True)
    return root


@pytest.fixture(scope="module")
def unpacked(dist, tmp_path_factory):
    """The archive in a path with spaces and every sign that a menu entry could trip over."""
    folder = tmp_path_factory.mktemp("un packed") / 'a "b" $c `d` 100% \\e'
    folder.mkdir()
    archive = only(dist, "*.tar.zst")
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", folder], check=True)
    return folder / "isoloss"


def check(*command):
    """Run a validator if it is there; its complaints are the test's."""
    if shutil.which(command[0]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr
    return ""


def entry_of(path):
    parser = configparser.ConfigParser(interpolation=None, delimiters="=")
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


# --- what a desktop reads ---------------------------------------------------------------


def test_the_menu_entry_opens_one_plan_file():
    entry = entry_of(LINUX / "isoloss.desktop")
    assert entry["Exec"] == "isoloss %f"
    assert entry["MimeType"] == f"{MIME_TYPE};"
    assert entry["Icon"] == "isoloss"
    assert check("desktop-file-validate", LINUX / "isoloss.desktop") == ""


def test_the_menu_entry_bears_the_name_that_the_window_gives_itself():
    source = (ROOT / "gui" / "app.py").read_text(encoding="utf-8")
    assert 'setDesktopFileName("isoloss")' in source
    assert entry_of(LINUX / "isoloss.desktop")["StartupWMClass"] == "isoloss"


def test_a_plan_file_is_known_by_its_name_and_by_its_first_words():
    from core.documents.document import FORMAT

    kind = ElementTree.parse(LINUX / "isoloss-mime.xml").getroot()[0]
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    assert kind.get("type") == MIME_TYPE
    assert [glob.get("pattern") for glob in kind.iter(f"{space}glob")] == ["*.isoloss"]
    words = [match.get("value") for match in kind.iter(f"{space}match")]
    assert words == ["{", f'"format": "{FORMAT}"', f'"format":"{FORMAT}"']


@pytest.mark.skipif(
    not (shutil.which("update-mime-database") and shutil.which("gio")),
    reason="shared-mime-info and gio tell a file's type",
)
def test_the_desktop_tells_a_plan_without_its_suffix_from_other_json(tmp_path, plan_file):
    packages = tmp_path / "share" / "mime" / "packages"
    packages.mkdir(parents=True)
    shutil.copy(LINUX / "isoloss-mime.xml", packages)
    subprocess.run(["update-mime-database", packages.parent], capture_output=True, check=True)
    environ = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "share")}
    bare = shutil.copy(plan_file, tmp_path / "plan")
    other = tmp_path / "other"
    other.write_text('{\n  "format": "something-else"\n}\n')

    def kind(path):
        command = ["gio", "info", "--attributes=standard::content-type", path]
        said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        return said.stdout.rpartition(": ")[2].strip()

    assert kind(plan_file) == MIME_TYPE
    assert kind(bare) == MIME_TYPE
    assert kind(other) != MIME_TYPE


@pytest.fixture
def plan_file(tmp_path):
    from core import cli

    path = tmp_path / "my plan.isoloss"
    words = ["plan", "--hours", "12", "--save", str(path)]
    assert cli.main(words, open_window=lambda: 1) == 0
    return path


def test_the_software_centre_reads_name_version_and_type(installed):
    path = installed / "usr/share/metainfo/org.isoloss.isoloss.metainfo.xml"
    root = ElementTree.parse(path).getroot()
    assert root.findtext("id") == "org.isoloss.isoloss"
    assert root.findtext("launchable") == "isoloss.desktop"
    assert root.findtext("provides/mediatype") == MIME_TYPE
    assert root.find("releases")[0].get("version") == project_version()
    assert len(root.findtext("summary")) < 60
    check("appstreamcli", "validate", "--no-net", "--pedantic", path)


def test_every_size_has_both_icons(installed):
    from hicolor import SIZES
    from PySide6.QtGui import QImage

    hicolor = installed / "usr/share/icons/hicolor"
    for size in SIZES:
        for name in ("apps/isoloss", f"mimetypes/{MIME_TYPE.replace('/', '-')}"):
            picture = QImage(str(hicolor / f"{size}x{size}" / f"{name}.png"))
            assert (picture.width(), picture.height()) == (size, size)
            colours = {picture.pixel(x, y) for x in range(size) for y in range(size)}
            assert len(colours) > 10, f"{name} in {size} is all but empty"
    assert (hicolor / "scalable/apps/isoloss.svg").is_file()


def test_the_man_page_names_every_command_and_option(installed):
    from core.cli import parsers

    packed = installed / "usr/share/man/man1/isoloss.1.gz"
    page = gzip.decompress(packed.read_bytes()).decode("ascii").replace("\\-", "-")
    for name, parser in parsers()[1].items():
        assert f".SS isoloss {name}" in page
        shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
        assert len(shown) > 1
        for action in shown:
            for option in action.option_strings:
                assert option in page, f"{name} {option}"
    assert f"Isoloss {project_version()}" in page
    if shutil.which("man"):
        command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", packed]
        environ = {**os.environ, "MANROFFSEQ": "", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        assert done.stderr == ""


# --- the .deb ---------------------------------------------------------------------------


def project_version():
    return re.search(r'^version = "(.*?)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]


def field(package, name):
    command = ["dpkg-deb", "--field", package, name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_package_says_what_it_is(dist):
    from release import debian_version

    package = only(dist, "*.deb")
    version = debian_version(project_version())
    assert package.name == f"isoloss_{version}_amd64.deb"
    assert field(package, "Package") == "isoloss"
    assert field(package, "Version") == version
    assert field(package, "Architecture") == "amd64"
    assert "hicolor-icon-theme" in field(package, "Recommends")
    assert int(field(package, "Installed-Size")) > 16
    assert "budget" in field(package, "Description")


def test_the_package_puts_the_program_on_the_path(installed):
    program = installed / "usr/bin/isoloss"
    assert program.readlink() == Path("../lib/isoloss/isoloss")
    said = subprocess.run([program, "plan"], capture_output=True, text=True, check=True)
    assert said.stdout == "ran with plan\n"


def test_only_the_program_may_be_run_and_only_root_may_write(installed):
    for path in installed.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            continue
        is_program = path == installed / "usr/lib/isoloss/isoloss"
        assert mode == (0o755 if path.is_dir() or is_program else 0o644), path


def test_the_package_carries_licence_changelog_and_notices(installed):
    from release import debian_version

    doc = installed / "usr/share/doc/isoloss"
    assert (doc / "copyright").read_text().startswith("Format: https://www.debian.org/doc/")
    assert (doc / "notices" / "LICENCES.txt").read_text() == "all of them\n"
    changelog = gzip.decompress((doc / "changelog.Debian.gz").read_bytes()).decode()
    assert changelog.startswith("isoloss (")
    command = ["dpkg-parsechangelog", "-l", "-", "--show-field", "Version"]
    if shutil.which(command[0]):
        said = subprocess.run(command, input=changelog, capture_output=True, text=True, check=True)
        assert said.stdout.strip() == debian_version(project_version())


def test_every_override_of_lintian_is_explained():
    blocks = (LINUX / "lintian-overrides").read_text().split("\n\n")
    rules = [block for block in blocks if "isoloss: " in block]
    assert rules
    assert all(block.startswith("# ") for block in rules)


def test_checksums_match(dist):
    lines = (dist / "SHA256SUMS").read_text().splitlines()
    assert len(lines) == 2
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest


def test_the_same_bundle_gives_the_same_bytes(dist, tmp_path):
    again = tmp_path / "elsewhere"
    payload = make_payload(tmp_path / "isoloss")
    (payload / "_internal" / "data.bin").chmod(0o600)
    os.utime(payload / "isoloss", (1, 1))
    before = os.umask(0o077)
    try:
        build(payload, again, TZ="Asia/Tokyo", LC_ALL="C")
    finally:
        os.umask(before)
    assert (again / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()
    later = tmp_path / "later"
    build(payload, later, SOURCE_DATE_EPOCH="1790000001")
    assert (later / "SHA256SUMS").read_text() != (dist / "SHA256SUMS").read_text()


# --- what the package needs -------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("readelf"), reason="readelf is of binutils")
def test_a_program_of_this_machine_needs_libc(tmp_path):
    from depends import depends

    shutil.copy(shutil.which("true"), tmp_path / "isoloss")
    terms = depends(tmp_path)
    assert len(terms) == 1
    assert re.fullmatch(r"libc6 \(>= 2\.\d+\)", terms[0])


def test_a_library_that_nobody_knows_stops_the_build(tmp_path, monkeypatch):
    import depends

    (tmp_path / "isoloss").write_bytes(b"\x7fELF")
    said = "\n".join(
        f" 0x1 (NEEDED)  Shared library: [{name}]"
        for name in ("libc.so.6", "libown.so.1", "libodd.so.7")
    )
    monkeypatch.setattr(depends, "_readelf", lambda *_: said)
    (tmp_path / "libown.so.1").write_bytes(b"\x7fELF")
    with pytest.raises(SystemExit, match=r"no package for libodd\.so\.7"):
        depends.depends(tmp_path)


def test_the_newest_glibc_that_a_part_wants_is_declared(tmp_path, monkeypatch):
    import depends

    (tmp_path / "isoloss").write_bytes(b"\x7fELF")
    said = (
        " 0x1 (NEEDED)  Shared library: [libc.so.6]\n"
        "  0x0010:   Name: GLIBC_2.9  Flags: none  Version: 4\n"
        "  0x0020:   Name: GLIBC_2.35  Flags: none  Version: 3\n"
    )
    monkeypatch.setattr(depends, "_readelf", lambda *_: said)
    assert depends.depends(tmp_path) == ["libc6 (>= 2.35)"]


# --- versions and history ---------------------------------------------------------------

CHANGELOG = """# Changelog

## Unreleased

### Added
- A thing that goes
  over two lines.

## 0.2.0 - 2026-05-04
- Second.

## [0.1.0] - 2026-01-02
- First.
"""
BUILT = datetime(2026, 6, 7, tzinfo=UTC)


def test_what_is_unreleased_belongs_to_the_version_that_is_built():
    from release import releases

    history = releases(CHANGELOG, "0.3.0", BUILT)
    assert [release.version for release in history] == ["0.3.0", "0.2.0", "0.1.0"]
    assert history[0].changes == ("A thing that goes over two lines.",)
    assert history[0].date == BUILT
    assert history[1].date == datetime(2026, 5, 4, tzinfo=UTC)


def test_a_version_that_is_out_does_not_take_what_comes_after_it():
    from release import releases

    assert [release.version for release in releases(CHANGELOG, "0.2.0", BUILT)] == [
        "0.2.0",
        "0.1.0",
    ]


def test_a_version_without_history_stops_the_build():
    from release import releases

    with pytest.raises(SystemExit, match=r"no section 0\.9\.0"):
        releases(CHANGELOG.replace("## Unreleased", "## Notes"), "0.9.0", BUILT)


@pytest.mark.parametrize(
    ("ours", "debians"),
    [("1.0", "1.0-1"), ("1.0rc1", "1.0~rc1-1"), ("1.0.dev3", "1.0~dev3-1"), ("1.0b2", "1.0~b2-1")],
)
def test_what_comes_before_a_version_sorts_before_it(ours, debians):
    from release import debian_version

    assert debian_version(ours) == debians
    if ours != "1.0" and shutil.which("dpkg"):
        subprocess.run(["dpkg", "--compare-versions", debians, "lt", "1.0-1"], check=True)


def test_the_changelog_of_a_release_is_debians():
    from deb import debian_changelog
    from release import Release

    text = debian_changelog([Release("0.2.0", datetime(2026, 5, 4, tzinfo=UTC), ("Second.",))])
    assert text.splitlines()[0] == "isoloss (0.2.0-1) stable; urgency=medium"
    assert "  * Second." in text
    assert text.rstrip().endswith("Mon, 04 May 2026 00:00:00 +0000")


# --- the archive ------------------------------------------------------------------------


def install(unpacked, data, *options):
    return subprocess.run(
        [unpacked / "install.sh", *options],
        env={"PATH": os.environ["PATH"], "HOME": str(data / "home"), "XDG_DATA_HOME": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def tree(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_the_archive_runs_from_where_it_was_unpacked(unpacked):
    said = subprocess.run([unpacked / "isoloss", "x"], capture_output=True, text=True, check=True)
    assert said.stdout == "ran with x\n"


def test_install_puts_entry_icons_type_and_page_into_the_persons_folder(unpacked, tmp_path):
    data = tmp_path / "my data"
    done = install(unpacked, data)
    assert done.returncode == 0, done.stderr
    assert (data / "mime/packages/isoloss.xml").is_file()
    assert (data / "icons/hicolor/48x48/apps/isoloss.png").is_file()
    assert (data / "man/man1/isoloss.1").is_file()
    entry = data / "applications/isoloss.desktop"
    assert entry_of(entry)["Icon"] == "isoloss"
    assert check("desktop-file-validate", entry) == ""
    if shutil.which("update-mime-database"):
        assert f"{MIME_TYPE}:*.isoloss" in (data / "mime/globs2").read_text()


def test_the_entry_names_the_program_however_odd_its_path(unpacked, tmp_path):
    install(unpacked, tmp_path / "data")
    command = entry_of(tmp_path / "data/applications/isoloss.desktop")["Exec"]
    quoted = re.fullmatch(r'"(.*)" %f', command)[1]
    # a string first, in which a backslash stands for the next one; then quotes
    string = quoted.replace("\\\\", "\\")
    assert re.sub(r'\\(["`$\\])', r"\1", string).replace("%%", "%") == str(unpacked / "isoloss")


def test_uninstall_takes_all_of_it_and_nothing_else(unpacked, tmp_path):
    data = tmp_path / "data"
    other = data / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true\n")
    mine = data / "isoloss" / "my.isoloss"
    mine.parent.mkdir()
    mine.write_text("{}")
    assert install(unpacked, data).returncode == 0
    done = install(unpacked, data, "--uninstall")
    assert done.returncode == 0, done.stderr
    left = tree(data) - {Path("applications/mimeinfo.cache")}  # of the other entry
    assert left == {path.relative_to(data) for path in (other, other.parent, mine, mine.parent)}


def test_a_folder_that_was_empty_is_empty_again(unpacked, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    install(unpacked, data)
    install(unpacked, data)  # a second time, as after an update
    install(unpacked, data, "--uninstall")
    assert tree(data) == set()


def test_an_unknown_word_is_refused_and_nothing_is_written(unpacked, tmp_path):
    done = install(unpacked, tmp_path / "data", "--remove")
    assert done.returncode == 1
    assert "usage: install.sh [--uninstall]" in done.stderr
    assert not (tmp_path / "data").exists()


# --- the clean root ---------------------------------------------------------------------


def test_the_clean_root_is_made_from_the_mirrors_of_this_machine(tmp_path):
    from clean_root import sources

    (tmp_path / "sources.list").write_text(
        "# deb http://old.example/debian bookworm main\n"
        "deb http://near.example/security bookworm-security main\n"
        "deb [trusted=yes] http://other.example/ stable main\n"
    )
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "debian.sources").write_text(
        "Types: deb\n# comment\nURIs: http://near.example/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\n"
    )
    assert sources(tmp_path) == [
        "deb http://near.example/debian bookworm main",
        "deb http://near.example/debian bookworm-updates main",
        "deb http://near.example/security bookworm-security main",
    ]
    assert sources(folder) == []
