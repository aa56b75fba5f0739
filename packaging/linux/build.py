"""Make the Linux packages out of dist/isoloss: .deb, .tar.zst and checksums.

Usage: python packaging/linux/build.py [PAYLOAD] [DIST]

`make installer` makes the bundle first; alone, this packs the one that is there.
"""

import hashlib
import shutil
import sys
import time
from pathlib import Path

from archive import make_archive
from deb import make_deb
from release import ROOT, history, moment

TOOLS = {"dpkg-deb": "dpkg", "readelf": "binutils", "tar": "tar", "zstd": "zstd"}


def main(arguments: list[str]) -> None:
    payload = Path(arguments[0]) if arguments else ROOT / "dist" / "isoloss"
    dist = Path(arguments[1]) if arguments[1:] else ROOT / "dist"
    if missing := {package for tool, package in TOOLS.items() if not shutil.which(tool)}:
        sys.exit(f"isoloss: install first: {' '.join(sorted(missing))} (names of Debian)")
    if not (payload / "isoloss").is_file():
        sys.exit(f"isoloss: {payload / 'isoloss'} is not there; make bundle makes it")
    dist.mkdir(parents=True, exist_ok=True)
    work = dist / ".packages"
    releases, built = history(), moment()
    try:
        started = time.monotonic()
        deb, needs = make_deb(payload, dist, work / "deb", releases, built)
        say(deb, started)
        print(f"  depends on {', '.join(needs) or 'nothing'}")
        started = time.monotonic()
        archive = make_archive(payload, dist, work / "archive", releases, built)
        say(archive, started)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    write_sums(dist, [deb, archive])


def say(package: Path, started: float) -> None:
    size = package.stat().st_size
    seconds = time.monotonic() - started
    print(f"{package}: {size:,} bytes ({size / 1e6:.1f} MB), {seconds:.0f} s", flush=True)


def write_sums(dist: Path, packages: list[Path]) -> None:
    """SHA256SUMS in the form that ``sha256sum --check`` reads."""
    lines = [
        f"{hashlib.sha256(package.read_bytes()).hexdigest()}  {package.name}\n"
        for package in packages
    ]
    (dist / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
