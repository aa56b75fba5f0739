"""Read out of a payload which packages of Debian it needs."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

TABLE = Path(__file__).with_name("depends.toml")
READELF = re.compile(
    r"\(NEEDED\).*\[(?P<needed>[^]]+)\]|\(SONAME\).*\[(?P<soname>[^]]+)\]"
    r"|Name: GLIBC_(?P<glibc>\d[\d.]*)"
)
SEARCH_PATH = re.compile(r"\((?:RPATH|RUNPATH)\).*\[([^]]*)\]")


def elf_files(payload: Path) -> list[Path]:
    """Programs and libraries; links are left out."""
    files = (path for path in payload.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in files if _is_elf(path))


def depends(payload: Path) -> list[str]:
    """The terms of a control file's Depends, sorted.

    Raises:
        SystemExit: the payload needs a library that it lacks and depends.toml does not know.
    """
    elves = elf_files(payload)
    if not elves:
        return []
    needed, glibc = _read(elves)
    needed -= {path.name for path in payload.rglob("*.so*")}
    packages = tomllib.loads(TABLE.read_text(encoding="utf-8"))["libraries"]
    if unknown := sorted(needed - packages.keys()):
        raise SystemExit(f"{TABLE}: no package for {', '.join(unknown)}, which the bundle needs")
    terms = {packages[name] for name in needed}
    if glibc:
        terms = (terms - {"libc6"}) | {f"libc6 (>= {glibc})"}
    return sorted(terms)


def forget_search_paths(payload: Path) -> None:
    """Take out search paths of the machine that compiled a part; those with $ORIGIN stay.

    A folder such as /home/somebody/lib may be anybody's where the package is installed.
    """
    foreign = [
        path
        for path in elf_files(payload)
        if any(not entry.startswith("$ORIGIN") for entry in _search_paths(path))
    ]
    if foreign:
        if not shutil.which("patchelf"):
            raise SystemExit("isoloss: install first: patchelf (name of Debian)")
        subprocess.run(["patchelf", "--remove-rpath", *foreign], check=True)


def _search_paths(path: Path) -> list[str]:
    found = SEARCH_PATH.search(_readelf("--dynamic", path))
    return found[1].split(":") if found else []


def _read(elves: Iterable[Path]) -> tuple[set[str], str]:
    """The libraries they ask for by name, and the newest glibc that any of them wants."""
    said = _readelf("--dynamic", "--version-info", *elves)
    found = list(READELF.finditer(said))
    needed = {match["needed"] for match in found if match["needed"]}
    needed -= {match["soname"] for match in found if match["soname"]}
    versions = {match["glibc"] for match in found if match["glibc"]}
    newest = max(versions, key=lambda text: tuple(map(int, text.split("."))), default="")
    return needed, newest


def _readelf(*arguments: str | Path) -> str:
    return subprocess.run(
        ["readelf", "--wide", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"
