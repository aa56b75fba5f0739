"""What macOS is told, and that all systems are told the same; none of it has run on a Mac."""

import os
import plistlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

PACKAGING = Path(__file__).parents[2] / "packaging"
MIME = "application/vnd.isoloss.plan+json"
needs_a_shell = pytest.mark.skipif(os.name == "nt", reason="a shell script of macOS")


@pytest.fixture
def info():
    return plistlib.loads((PACKAGING / "macos" / "Info.plist").read_bytes())


def test_the_app_owns_plans_and_is_sharp(info):
    (document,) = info["CFBundleDocumentTypes"]
    (exported,) = info["UTExportedTypeDeclarations"]
    assert document["LSItemContentTypes"] == [exported["UTTypeIdentifier"]] == ["com.isoloss.plan"]
    assert document["LSHandlerRank"] == "Owner"
    assert document["CFBundleTypeRole"] == "Editor"
    assert "public.json" in exported["UTTypeConformsTo"]
    assert info["NSHighResolutionCapable"] is True
    assert re.fullmatch(r"\d+\.\d+", info["LSMinimumSystemVersion"])


def test_only_the_entitlements_with_a_reason_are_asked_for():
    path = PACKAGING / "macos" / "entitlements.plist"
    assert plistlib.loads(path.read_bytes()) == {
        "com.apple.security.cs.allow-unsigned-executable-memory": True,
        "com.apple.security.cs.disable-library-validation": True,
    }
    body = path.read_text(encoding="utf-8").split("<dict>", 1)[1]
    assert body.count("<!--") == body.count("<key>")


def test_all_systems_know_plans_by_one_type_and_suffix(info):
    (exported,) = info["UTExportedTypeDeclarations"]
    assert exported["UTTypeTagSpecification"] == {
        "public.filename-extension": ["isoloss"],
        "public.mime-type": [MIME],
    }
    installer = (PACKAGING / "windows" / "isoloss.nsi").read_text(encoding="utf-8")
    assert f'!define MIME "{MIME}"' in installer
    assert '!define SUFFIX ".isoloss"' in installer
    for path in (PACKAGING / "linux").glob("*mime*.xml"):
        kind = next(iter(ET.parse(path).getroot()))
        assert kind.attrib["type"] == MIME
        assert [one.attrib["pattern"] for one in kind if one.tag.endswith("}glob")] == ["*.isoloss"]
    for path in (PACKAGING / "linux").glob("*.desktop"):
        assert MIME in path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def icons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("icons")
    made = [folder / "isoloss.ico", folder / "isoloss.icns"]
    subprocess.run([sys.executable, PACKAGING / "icons.py", *made], check=True)
    return made


def test_the_icons_have_every_size_that_the_systems_ask_for(icons):
    windows, macos = map(Image.open, icons)
    with windows, macos:
        assert {(16, 16), (32, 32), (48, 48), (256, 256)} <= windows.info["sizes"]
        assert {(16, 16, 2), (128, 128, 1), (512, 512, 2)} <= set(macos.info["sizes"])


def test_the_icon_is_drawn_and_see_through_at_its_corners(icons):
    with Image.open(icons[0]) as icon:
        icon.size = (256, 256)
        picture = icon.convert("RGBA")
    assert picture.getpixel((0, 0))[3] == 0
    assert len(picture.getcolors(256 * 256)) > 2


@needs_a_shell
@pytest.mark.parametrize("name", ["notarise.sh", "keychain.sh"])
def test_without_an_identity_the_step_says_that_it_does_nothing(name):
    done = subprocess.run(
        ["bash", PACKAGING / "macos" / name, "Isoloss.dmg"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("::notice::")


@needs_a_shell
@pytest.mark.parametrize("identity", ["", "Developer ID Application: Somebody"])
def test_everything_in_the_app_is_signed_inside_out(tmp_path, identity):
    """With a codesign that only notes what it is asked to sign."""
    app = tmp_path / "Isoloss.app"
    library = app / "Contents/Frameworks/libone.dylib"
    framework = app / "Contents/Frameworks/QtCore.framework"
    inner = framework / "Versions/A/QtCore"
    program = app / "Contents/MacOS/isoloss"
    for path in (library, inner, program):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (app / "Contents/Resources").mkdir()
    (app / "Contents/Resources/notes.txt").write_text("no code")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "codesign").write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{tmp_path}/log"\n')
    (tools / "file").write_text("#!/bin/sh\ncase $2 in *.txt) ;; *) echo Mach-O ;; esac\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    subprocess.run(
        ["bash", PACKAGING / "macos" / "sign.sh", app],
        env={"PATH": f"{tools}:/usr/bin:/bin", "CODESIGN_IDENTITY": identity},
        check=True,
        capture_output=True,
    )
    calls = (tmp_path / "log").read_text().splitlines()
    signed = [call.rpartition(" ")[2] for call in calls]
    assert set(signed[:2]) == {str(library), str(inner)}
    assert signed[2:] == [str(framework), str(program), str(app), str(app)]
    assert all(f"--sign {identity or '-'} " in call for call in calls[:-1])
    assert all("--options runtime" in call for call in calls[:-1])
    assert [("--entitlements" in call) for call in calls] == [False] * 3 + [True] * 2 + [False]
    assert calls[-1].startswith("--verify --deep --strict")
