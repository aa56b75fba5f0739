"""The Windows installer: compiled here, and installed, upgraded and removed under Wine."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

WINE = shutil.which("wine64") or shutil.which("wine64", path="/usr/lib/wine")
WINESERVER = shutil.which("wineserver") or shutil.which("wineserver64", path="/usr/lib/wine")
needs_makensis = pytest.mark.skipif(
    shutil.which("makensis") is None, reason="needs makensis: apt-get install nsis"
)
needs_wine = pytest.mark.skipif(
    WINE is None or WINESERVER is None,
    reason="needs Wine, 670 MB: apt-get install --no-install-recommends wine64",
)
PROG_ID, CLASSES = "Isoloss.Plan", r"HKCU\Software\Classes"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Isoloss"
# notes how it was called, in UTF-16; with /HOLD it runs until a file is gone
PROGRAM = r"""
Target amd64-unicode
Unicode true
OutFile "{out}"
SilentInstall silent
RequestExecutionLevel user
!include FileFunc.nsh
!include LogicLib.nsh
Section
  FileOpen $0 "$EXEDIR\called.txt" w
  FileWriteUTF16LE $0 "$CMDLINE"
  FileClose $0
  ${{GetParameters}} $1
  ${{If}} $1 == "/HOLD"
    ${{DoWhile}} ${{FileExists}} "$EXEDIR\hold"
      Sleep 100
    ${{Loop}}
  ${{EndIf}}
SectionEnd
"""
OLD = ("_internal/gone/old module.txt", "_internal/stays.txt", "_internal/größe 模型 $HOME.txt")
NEW = ("_internal/stays.txt", "_internal/größe 模型 $HOME.txt", "_internal/new/deep/er.txt")


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    (folder / "program.nsi").write_text(PROGRAM.format(out=folder / "Isoloss.exe"))
    subprocess.run(["makensis", "-V1", folder / "program.nsi"], check=True)
    return folder / "Isoloss.exe"


def payload(folder, program, names, text):
    folder.mkdir()
    shutil.copy(program, folder / "Isoloss.exe")
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def installers(tmp_path_factory, program):
    """An older version and a newer one, with other files."""
    folder = tmp_path_factory.mktemp("installers")
    made = {}
    for version, names in (("0.9.0", OLD), ("1.0.0", NEW)):
        made[version] = folder / f"setup {version}.exe"
        source = payload(folder / version, program, names, version)
        done = build("--payload", source, "--version", version, "--out", made[version])
        assert done.returncode == 0, done.stderr
    return made


def build(*arguments, **environ):
    script = Path(__file__).parents[2] / "packaging" / "windows" / "build.py"
    return subprocess.run(
        [sys.executable, script, *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_makensis
def test_two_builds_of_one_payload_are_alike(tmp_path, program):
    source = payload(tmp_path / "payload", program, NEW, "x")
    outs = [tmp_path / "one.exe", tmp_path / "two.exe"]
    for out in outs:
        done = build("--payload", source, "--out", out, SOURCE_DATE_EPOCH="1767225600")
        assert done.returncode == 0, done.stderr
        os.utime(source / NEW[0], (time.time() + 100, time.time() + 100))
    assert outs[0].read_bytes() == outs[1].read_bytes()


@needs_makensis
def test_with_a_certificate_the_installer_is_signed(tmp_path, program):
    if not (shutil.which("osslsigncode") and shutil.which("openssl")):
        pytest.skip("needs osslsigncode and openssl")
    key, certificate, store = (tmp_path / name for name in ("key.pem", "cert.pem", "cert.p12"))
    (tmp_path / "password").write_text("secret")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Test"]
    make += ["-addext", "extendedKeyUsage=codeSigning", "-keyout", key, "-out", certificate]
    bundle = ["openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", store]
    for command in (make, [*bundle, "-passout", "pass:secret"]):
        subprocess.run(command, check=True, capture_output=True)
    done = build(
        *("--payload", payload(tmp_path / "payload", program, NEW, "x")),
        *("--out", tmp_path / "isoloss.exe"),
        WINDOWS_CERTIFICATE=str(store),
        WINDOWS_CERTIFICATE_PASSWORD=str(tmp_path / "password"),
        WINDOWS_TIMESTAMP_URL="",
    )
    assert done.returncode == 0, done.stderr
    verify = ["osslsigncode", "verify", "-CAfile", certificate, "-in", tmp_path / "isoloss.exe"]
    checked = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert "Signature verification: ok" in checked.stdout


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_without_a_certificate_signing_says_that_it_does_nothing(tmp_path):
    script = Path(__file__).parents[2] / "packaging" / "windows" / "sign.sh"
    done = subprocess.run(
        ["sh", script, tmp_path / "absent.exe"],
        env={**os.environ, "WINDOWS_CERTIFICATE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "::notice::No Windows certificate" in done.stdout


def test_a_payload_without_the_program_is_refused(tmp_path):
    from windows.build import PayloadError, payload_files

    with pytest.raises(PayloadError, match=r"holds no Isoloss\.exe"):
        payload_files(tmp_path)


@pytest.mark.parametrize("name", ["aux.txt", "a?b", "ends.", "uninstall.exe", "n" * 200])
def test_a_name_that_windows_cannot_have_is_refused(tmp_path, name):
    from windows.build import PayloadError, payload_files

    (tmp_path / "Isoloss.exe").write_bytes(b"MZ")
    (tmp_path / name).write_text("x")
    with pytest.raises(PayloadError):
        payload_files(tmp_path)


def test_names_that_differ_in_case_only_are_refused(tmp_path):
    from windows.build import PayloadError, payload_files

    (tmp_path / "Isoloss.exe").write_bytes(b"MZ")
    (tmp_path / "Ab").write_text("x")
    (tmp_path / "aB").write_text("x")
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("this file system knows no case")
    with pytest.raises(PayloadError, match="case only"):
        payload_files(tmp_path)


def test_the_uninstaller_removes_only_what_is_listed():
    from windows.build import HERE, remove_list

    script = (HERE / "isoloss.nsi").read_text(encoding="utf-8")
    assert not re.search(r"RMDir\s+/r", script, re.IGNORECASE)
    assert remove_list([Path("a b/c/d.txt"), Path("e$.txt")]).splitlines() == [
        'Delete "$INSTDIR\\a b\\c\\d.txt"',
        'Delete "$INSTDIR\\e$$.txt"',
        'RMDir "$INSTDIR\\a b\\c"',
        'RMDir "$INSTDIR\\a b"',
    ]


@pytest.mark.parametrize(
    ("version", "four"), [("1.2.3", "1.2.3.0"), ("0.1.0rc1", "0.1.0.0"), ("2", "2.0.0.0")]
)
def test_versions_become_four_numbers(version, four):
    from windows.build import four_numbers

    assert four_numbers(version) == four


class Windows:
    """A fresh Wine with one user; paths of Windows are translated."""

    def __init__(self, folder):
        self.prefix = folder / "prefix"
        self.environ = {
            **{name: value for name, value in os.environ.items() if name != "DISPLAY"},
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
            "WINEARCH": "win64",
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "PATH": f"{Path(WINESERVER).parent}:{os.environ['PATH']}",
        }
        self.run("wineboot", "-i")

    def start(self, *command, output=subprocess.DEVNULL):
        return subprocess.Popen(
            [WINE, *map(str, command)],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )

    def run(self, *command):
        process = self.start(*command, output=subprocess.PIPE)
        output, _ = process.communicate(timeout=100)
        return process.returncode, output.decode("utf-8", "replace")

    def registry(self, key):
        """Values of a key and its sub-keys, {} if it is not there."""
        status, output = self.run("reg", "query", key, "/s")
        found, at = {}, ""
        for line in output.replace("\r", "").splitlines() if status == 0 else ():
            if line.startswith("HKEY"):
                at = line.removeprefix(key.replace("HKCU", "HKEY_CURRENT_USER")).strip("\\")
                found[at] = {}
            elif value := re.match(r"    (.*?)    (REG_\w+)    ?(.*)$", line):
                found[at][value[1]] = value[3]
        return found

    @property
    def home(self):
        users = (self.prefix / "drive_c/users").iterdir()
        return next(path for path in users if path.name != "Public")

    @property
    def installed(self):
        return self.home / "AppData/Local/Programs/Isoloss"

    def link(self, place="AppData/Roaming/Microsoft/Windows/Start Menu/Programs"):
        return self.home / place / "Isoloss.lnk"

    def files(self):
        top = self.installed
        return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}

    def until(self, condition):
        for _ in range(300):
            if condition():
                return True
            time.sleep(0.1)
        return False

    def uninstall(self):
        status, _ = self.run(self.installed / "uninstall.exe", "/S")
        # it copies itself elsewhere, starts the copy and ends
        self.until(lambda: not (self.installed / "uninstall.exe").exists())
        self.until(lambda: not self.registry(UNINSTALL))
        return status


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    windows = Windows(tmp_path_factory.mktemp("wine"))
    yield windows
    subprocess.run([WINESERVER, "-k"], env=windows.environ, check=False)
    subprocess.run([WINESERVER, "-w"], env=windows.environ, check=False)


@pytest.fixture
def windows(machine):
    """Nothing installed before, nothing after."""
    yield machine
    (machine.installed / "hold").unlink(missing_ok=True)
    if (machine.installed / "uninstall.exe").exists():
        machine.uninstall()
    shutil.rmtree(machine.installed, ignore_errors=True)
    machine.run("reg", "delete", CLASSES + r"\.isoloss", "/f")


in_wine = [needs_makensis, needs_wine, pytest.mark.timeout(400)]


def under_wine(test):
    for mark in in_wine:
        test = mark(test)
    return test


@under_wine
def test_a_silent_installation_puts_everything_in_place(windows, installers):
    status, _ = windows.run(installers["1.0.0"], "/S")
    assert status == 0
    assert windows.files() == {"Isoloss.exe", "uninstall.exe", *NEW}
    assert windows.link().is_file()
    assert not windows.link("Desktop").exists()
    entry = windows.registry(UNINSTALL)[""]
    assert entry["DisplayVersion"] == "1.0.0"
    assert entry["Publisher"] == "The Isoloss authors"
    assert int(entry["EstimatedSize"], 16) > 0
    assert entry["UninstallString"].startswith('"C:\\') and entry["UninstallString"].endswith('"')
    kind = windows.registry(CLASSES + r"\.isoloss")
    assert kind[""]["(Default)"] == PROG_ID
    assert kind[""]["Content Type"] == "application/vnd.isoloss.plan+json"
    program = windows.registry(CLASSES + "\\" + PROG_ID)
    assert program["DefaultIcon"]["(Default)"].endswith(r"\Isoloss.exe,0")
    assert program[r"shell\open\command"]["(Default)"].endswith(r'\Isoloss\Isoloss.exe" "%1"')


@under_wine
def test_a_double_click_on_a_plan_opens_it_whatever_its_name(windows, installers):
    windows.run(installers["1.0.0"], "/S", "/DESKTOP")
    assert windows.link("Desktop").is_file()
    plan = windows.home / "my größter plan.isoloss"
    plan.write_text("{}")
    everyones = r"HKLM\Software\Classes"
    for key in (".isoloss", PROG_ID):  # Wine opens by the machine's classes, not the person's
        windows.run("reg", "copy", rf"{CLASSES}\{key}", rf"{everyones}\{key}", "/s", "/f")
    windows.run("start", "/unix", plan)
    called = windows.installed / "called.txt"
    assert windows.until(lambda: called.is_file() and called.stat().st_size > 0)
    assert "my größter plan.isoloss" in called.read_text(encoding="utf-16-le")
    called.unlink()
    for key in (".isoloss", PROG_ID):
        windows.run("reg", "delete", rf"{everyones}\{key}", "/f")
    windows.uninstall()
    assert not windows.link("Desktop").exists()


@under_wine
def test_an_upgrade_removes_the_older_versions_files_and_keeps_the_persons(windows, installers):
    windows.run(installers["0.9.0"], "/S")
    assert windows.files() == {"Isoloss.exe", "uninstall.exe", *OLD}
    mine = windows.installed / "_internal/gone/my own.txt"
    mine.write_text("keep me")
    status, _ = windows.run(installers["1.0.0"], "/S")
    assert status == 0
    assert windows.files() == {"Isoloss.exe", "uninstall.exe", *NEW, "_internal/gone/my own.txt"}
    assert (windows.installed / "_internal/stays.txt").read_text() == "1.0.0"
    assert windows.registry(UNINSTALL)[""]["DisplayVersion"] == "1.0.0"
    assert windows.link().is_file()
    windows.uninstall()
    assert windows.files() == {"_internal/gone/my own.txt"}


@under_wine
def test_uninstalling_leaves_nothing_behind(windows, installers):
    windows.run(installers["1.0.0"], "/S")
    assert windows.uninstall() == 0
    assert windows.until(lambda: not windows.installed.exists())
    assert not windows.link().exists()
    assert windows.registry(UNINSTALL) == {}
    assert windows.registry(CLASSES + r"\.isoloss") == {}
    assert windows.registry(CLASSES + "\\" + PROG_ID) == {}


@under_wine
def test_a_former_association_comes_back(windows, installers):
    windows.run("reg", "add", CLASSES + r"\.isoloss", "/ve", "/d", "Former.Program", "/f")
    windows.run(installers["1.0.0"], "/S")
    windows.run(installers["1.0.0"], "/S")
    assert windows.registry(CLASSES + r"\.isoloss")[""]["(Default)"] == PROG_ID
    windows.uninstall()
    assert windows.registry(CLASSES + r"\.isoloss") == {"": {"(Default)": "Former.Program"}}


@under_wine
def test_an_association_that_is_no_longer_ours_stays(windows, installers):
    windows.run(installers["1.0.0"], "/S")
    windows.run("reg", "add", CLASSES + r"\.isoloss", "/ve", "/d", "Later.Program", "/f")
    windows.uninstall()
    assert windows.registry(CLASSES + r"\.isoloss")[""]["(Default)"] == "Later.Program"


@under_wine
def test_another_folder_can_be_chosen(windows, installers):
    status, _ = windows.run(installers["1.0.0"], "/S", "/D=C:\\my", "apps\\Isoloss", "größer")
    assert status == 0
    chosen = windows.prefix / "drive_c/my apps/Isoloss größer"
    assert (chosen / "Isoloss.exe").is_file()
    assert not windows.installed.exists()
    windows.run(chosen / "uninstall.exe", "/S")
    assert windows.until(lambda: not chosen.exists())


@under_wine
def test_a_running_program_is_neither_overwritten_nor_removed(windows, installers):
    windows.run(installers["0.9.0"], "/S")
    (windows.installed / "hold").write_text("")
    running = windows.start(windows.installed / "Isoloss.exe", "/HOLD")
    assert windows.until((windows.installed / "called.txt").exists)
    status, _ = windows.run(installers["1.0.0"], "/S")
    assert status == 5
    windows.run(windows.installed / "uninstall.exe", "/S")
    assert windows.registry(UNINSTALL)[""]["DisplayVersion"] == "0.9.0"
    assert (windows.installed / "_internal/stays.txt").read_text() == "0.9.0"
    (windows.installed / "hold").unlink()
    running.wait(timeout=60)
    (windows.installed / "called.txt").unlink()
