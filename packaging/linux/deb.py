"""Make the .deb: the payload below /usr/lib/isoloss, and what a desktop wants to know of it."""

import gzip
import hashlib
import os
import shutil
import subprocess
import textwrap
from email.utils import format_datetime
from pathlib import Path

from depends import depends, forget_search_paths
from release import ROOT, Release, debian_version
from share_tree import HERE, copy, write, write_share

MAINTAINER = "The Isoloss authors <maintainers@isoloss.invalid>"
DOC = Path("usr/share/doc/isoloss")


def make_deb(
    payload: Path, dist: Path, work: Path, history: list[Release], moment: int
) -> tuple[Path, list[str]]:
    """Build the package from a bundle; the same bundle and moment give the same bytes.

    Args:
        payload: the folder with the program and ``_internal``.
        dist: where the package goes.
        work: a folder to build in; what is in it is removed.
        history: the releases up to this one, newest first.
        moment: seconds since 1970 that stand for the build.

    Returns:
        The package and its Depends.
    """
    shutil.rmtree(work, ignore_errors=True)
    copy_payload(payload, work / "usr/lib/isoloss")
    (work / "usr/bin").mkdir(parents=True)
    (work / "usr/bin/isoloss").symlink_to("../lib/isoloss/isoloss")
    write_share(work / "usr/share", history, moment)
    _documents(work, history)
    needs = depends(payload)
    version = debian_version(history[0].version)
    _control(work, version, needs)
    for path in (work, *work.rglob("*")):
        _settle(path, moment)
    package = dist / f"isoloss_{version}_amd64.deb"
    subprocess.run(
        # one thread: the bytes must not depend on how many processors there are
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", work, package],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)},
    )
    return package, needs


def copy_payload(payload: Path, target: Path) -> None:
    """The bundle with plain permissions: only the program itself is one to run."""
    shutil.copytree(payload, target, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            is_program = path == target / "isoloss"
            path.chmod(0o755 if path.is_dir() or is_program else 0o644)
    forget_search_paths(target)


def debian_changelog(history: list[Release]) -> str:
    """The releases in the form of Debian's changelog."""
    entries = []
    for release in history:
        changes = release.changes or ("See the history of the source.",)
        lines = [f"isoloss ({debian_version(release.version)}) stable; urgency=medium", ""]
        lines += [_wrapped(change) for change in changes]
        lines += ["", f" -- {MAINTAINER}  {format_datetime(release.date)}", ""]
        entries.append("\n".join(lines))
    return "\n".join(entries)


def _wrapped(change: str) -> str:
    return textwrap.fill(change, 78, initial_indent="  * ", subsequent_indent="    ")


def _documents(work: Path, history: list[Release]) -> None:
    doc = work / DOC
    copy("copyright", doc / "copyright")
    copy("lintian-overrides", work / "usr/share/lintian/overrides/isoloss")
    _gzip(doc / "changelog.Debian.gz", debian_changelog(history).encode())
    _gzip(doc / "changelog.gz", (ROOT / "CHANGELOG.md").read_bytes())
    shutil.copyfile(ROOT / "NOTICE", doc / "NOTICE")
    if (work / "usr/lib/isoloss/_internal/notices").is_dir():
        (doc / "notices").symlink_to("../../../lib/isoloss/_internal/notices")
    page = work / "usr/share/man/man1/isoloss.1"
    _gzip(page.with_name("isoloss.1.gz"), page.read_bytes())
    page.unlink()


def _gzip(target: Path, content: bytes) -> None:
    target.write_bytes(gzip.compress(content, 9, mtime=0))


def _control(work: Path, version: str, needs: list[str]) -> None:
    files = sorted(path for path in work.rglob("*") if path.is_file() and not path.is_symlink())
    kib = sum(-(-path.stat().st_size // 1024) for path in files)
    folders = sum(1 for path in work.rglob("*") if path.is_dir() or path.is_symlink())
    control = (HERE / "control.in").read_text(encoding="utf-8")
    for name, value in (
        ("VERSION", version),
        ("ARCHITECTURE", "amd64"),
        ("MAINTAINER", MAINTAINER),
        ("INSTALLED_SIZE", str(kib + folders)),
        ("DEPENDS", ", ".join(needs)),
    ):
        control = control.replace(f"@{name}@", value)
    lines = [line for line in control.splitlines() if line != "Depends: "]
    write(work / "DEBIAN/control", "\n".join(lines) + "\n")
    sums = (_md5sum(path, work) for path in files)
    write(work / "DEBIAN/md5sums", "".join(sums))


def _md5sum(path: Path, work: Path) -> str:
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return f"{digest}  {path.relative_to(work)}\n"


def _settle(path: Path, moment: int) -> None:
    """Permissions and time that do not depend on who builds, and when."""
    if not path.is_symlink():
        is_program = path.stat().st_mode & 0o100 and path.is_file()
        path.chmod(0o755 if path.is_dir() or is_program else 0o644)
    os.utime(path, (moment, moment), follow_symlinks=False)
