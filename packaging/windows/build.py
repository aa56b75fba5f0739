"""Make the Windows installer from a bundle, with makensis, on Linux or Windows.

    python packaging/windows/build.py --payload dist/isoloss [--out dist/...-setup.exe]

Uninstaller and installer are signed where WINDOWS_CERTIFICATE is set: see sign.sh.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path, PurePath

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = "Isoloss.exe"
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
LONGEST = 180  # of the 259 that Windows allows, less a long user's folder


class PayloadError(Exception):
    """The folder cannot be installed on Windows."""


def main(arguments: list[str] | None = None) -> int:
    """Build the installer; 1 and one line on stderr if that fails."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--payload", type=Path, required=True, help="folder with Isoloss.exe")
    parser.add_argument("--version", default=version_of_project())
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    out = chosen.out or ROOT / "dist" / f"isoloss-{chosen.version}-windows-x64-setup.exe"
    try:
        build(chosen.payload.resolve(), chosen.version, out.resolve())
    except (PayloadError, OSError) as error:
        print(f"isoloss: {error}", file=sys.stderr)
        return 1
    print(out)
    return 0


def version_of_project() -> str:
    """The version in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def build(payload: Path, version: str, out: Path) -> None:
    """Write the lists and run makensis.

    Raises:
        PayloadError: If the payload is wrong, or makensis is missing or fails.
    """
    makensis = shutil.which("makensis")
    if makensis is None:
        raise PayloadError("needs makensis: apt-get install nsis")
    files = payload_files(payload)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        lists = Path(folder)
        icon = lists / "isoloss.ico"
        draw = [sys.executable, HERE.parent / "icons.py", icon]
        subprocess.run(draw, check=True, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})
        (lists / "install.nsh").write_text(install_list(payload, files), encoding="utf-8")
        (lists / "remove.nsh").write_text(remove_list(files), encoding="utf-8")
        defines = {
            "VERSION": version,
            "VERSION4": four_numbers(version),
            "LISTS": lists,
            "ICON": icon,
            "OUT": out,
            "SIZE_KB": max(1, sum((payload / file).stat().st_size for file in files) // 1024),
        }
        if os.environ.get("WINDOWS_CERTIFICATE"):
            defines["SIGN"] = HERE / "sign.sh"
        done = subprocess.run(
            [
                *(makensis, "-V2", "-WX", "-INPUTCHARSET", "UTF8"),
                *(f"-D{name}={value}" for name, value in defines.items()),
                str(HERE / "isoloss.nsi"),
            ],
            # makensis reads the names of files in the locale's encoding
            env=os.environ | {"LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise PayloadError(f"makensis failed:\n{done.stdout}{done.stderr}")


def payload_files(payload: Path) -> list[PurePath]:
    """Every file of the payload, sorted, as paths within it.

    Raises:
        PayloadError: If the program is missing, or Windows could not have one of the names.
    """
    if not (payload / PROGRAM).is_file():
        raise PayloadError(f"{payload} holds no {PROGRAM}: is it the bundle made on Windows?")
    files = sorted(path.relative_to(payload) for path in payload.rglob("*") if path.is_file())
    for file in files:
        for part in file.parts:
            # makensis would take the last two for variables of its own
            bad = re.search(r'[<>:"|?*\\\x00-\x1f]|\$[{%]', part) or part[-1] in ". "
            if bad or DEVICES.match(part):
                raise PayloadError(f"no such name on Windows: {file}")
        if len(str(file)) > LONGEST:
            raise PayloadError(f"name longer than {LONGEST} characters: {file}")
    folded = [str(file).casefold() for file in files]
    if len(set(folded)) < len(folded):
        twice = next(name for name in folded if folded.count(name) > 1)
        raise PayloadError(f"names that differ in case only: {twice}")
    if "uninstall.exe" in folded:
        raise PayloadError("uninstall.exe is the installer's own name")
    return files


def install_list(payload: Path, files: list[PurePath]) -> str:
    """NSIS commands that unpack every file into its folder."""
    lines: list[str] = []
    folder = None
    for file in sorted(files, key=lambda file: (str(file.parent), file.name)):
        if file.parent != folder:
            folder = file.parent
            lines.append(f'SetOutPath "{_target(folder)}"')
        name = file.name.replace("$", "$$")  # read at run time; the source is not
        lines.append(f'File "/oname={name}" "{payload / file}"')
    return "\n".join(lines) + "\n"


def remove_list(files: list[PurePath]) -> str:
    """NSIS commands that delete these files, and the folders that are empty then."""
    lines = [f'Delete "{_target(file)}"' for file in files]
    folders = {parent for file in files for parent in file.parents if parent.parts}
    deepest_first = sorted(folders, key=lambda folder: (-len(folder.parts), str(folder)))
    lines += [f'RMDir "{_target(folder)}"' for folder in deepest_first]
    return "\n".join(lines) + "\n"


def _target(path: PurePath) -> str:
    return "\\".join(("$INSTDIR", *(part.replace("$", "$$") for part in path.parts)))


def four_numbers(version: str) -> str:
    """The version as Windows wants it in a file's properties: 0.1.0rc1 is 0.1.0.0."""
    numbers = re.match(r"\d+(?:\.\d+){0,2}", version)
    if numbers is None:
        raise PayloadError(f"not a version: {version}")
    return ".".join((numbers[0].split(".") + ["0"] * 4)[:4])


if __name__ == "__main__":
    sys.exit(main())
