"""What a finished bundle really holds: its native libraries, its modules, and whose they are."""

import hashlib
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path, PurePosixPath

from notice_parts import NoticeError, Part, table
from packaging.utils import canonicalize_name

COMMON = Path("/usr/share/common-licenses")
OUTER = ("_internal", "Contents", "Frameworks", "Resources", "MacOS")
BINARY = re.compile(r"\.(so|dylib|dll|pyd)(\.[\w.]+)?$", re.IGNORECASE)
MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # frameworks of macOS have no suffix
BUILDERS = frozenset({"pyinstaller", "pyinstaller-hooks-contrib"})


def parts_of_bundle(bundle: Path, parts: list[Part]) -> list[Part]:
    """The parts, with those that PyInstaller took from the Linux it ran on, one a package.

    What the system brought replaces what Python would have brought.

    Raises:
        NoticeError: Names every native library of the bundle that belongs to no part.
    """
    brought: dict[str, Part] = {}
    replaced: set[str] = set()
    unknown = []
    for path in native_files(bundle):
        inner = inner_path(path)
        if any(inner in part.files for part in parts):
            continue
        covering = [part.name for part in parts if _fits(part.files, inner)]
        row = next((row for row in table()["system"] if _fits(row["files"], inner)), None)
        package = _package_of(path.name) if row and "/" not in inner else ""
        if package:
            one = brought.get(package) or _system_part(row, package)
            brought[package] = replace(one, files=(*one.files, str(path)))
            replaced.update(covering)
        elif not covering:
            unknown.append(str(path))
    if unknown:
        listed = "\n  ".join(unknown)
        raise NoticeError(f"no part of packaging/licences/parts.toml covers:\n  {listed}")
    kept = [part for part in parts if part.name not in replaced]
    return kept + [_hashed(bundle, part) for _, part in sorted(brought.items())]


def native_files(bundle: Path) -> Iterator[PurePosixPath]:
    """Every native library, as a path below the bundle; not the starters themselves."""
    for path in sorted(bundle.rglob("*")):
        name = PurePosixPath(path.relative_to(bundle).as_posix())
        if path.is_file() and not path.is_symlink() and name.parent.name not in ("", "MacOS"):
            with path.open("rb") as stream:
                if BINARY.search(path.name) or stream.read(4) in MACH_O:
                    yield name


def inner_path(path: PurePosixPath) -> str:
    """The path as Python packages know it: without the folders that a bundle adds."""
    parts = list(path.parts)
    while parts and parts[0] in OUTER:
        parts.pop(0)
    return "/".join(parts)


def bundled_packages(bundle: Path) -> frozenset[str]:
    """Python packages whose modules are in the bundle, asked for or not."""
    from PyInstaller.archive.readers import CArchiveReader

    names = ("isoloss", "Isoloss.exe", "Contents/MacOS/isoloss")
    program = next((bundle / name for name in names if (bundle / name).is_file()), None)
    if program is None:
        raise NoticeError(f"{bundle} holds none of {', '.join(names)}")
    archive = CArchiveReader(str(program)).open_embedded_archive("PYZ.pyz")
    modules = {name.split(".")[0] for name in archive.toc}
    owners = metadata.packages_distributions()
    return frozenset(
        canonicalize_name(owner) for name in modules for owner in owners.get(name, ())
    ).difference(BUILDERS)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fits(patterns: Iterable[str], inner: str) -> bool:
    name = inner.rpartition("/")[2]
    return any(fnmatchcase(name, one) or fnmatchcase(inner, one) for one in patterns)


def _hashed(bundle: Path, part: Part) -> Part:
    """With the checksum of its file; a package of several files has several, so none."""
    only = part.files[0] if len(part.files) == 1 else ""
    return replace(part, sha256=digest(bundle / only)) if only else part


def _package_of(library: str) -> str:
    """The package of Debian's kind that owns a library; nothing if there is none."""
    lines = [line.split() for line in _run("/sbin/ldconfig", "-p").splitlines()]
    path = next((line[-1] for line in lines if line[:1] == [library]), "")
    for place in (path, f"/usr{path}", path.removeprefix("/usr")) if path else ():
        if owner := _run("dpkg-query", "-S", place):
            return owner.split(":")[0]
    return ""


def _system_part(row: dict[str, str], package: str) -> Part:
    fields = "${Version}\n${source:Package}\n${source:Version}\n${Homepage}"
    answer = _run("dpkg-query", "-W", "-f", fields, package).split("\n")
    version, source, source_version, homepage = (*answer, "", "", "", "")[:4]
    system = platform.freedesktop_os_release().get("ID", "debian")
    return Part(
        name=package,
        version=version,
        licence=row["licence"],
        texts=tuple(_copyright(package)),
        homepage=homepage,
        source=(
            f"https://launchpad.net/ubuntu/+source/{source}/{source_version}"
            if system == "ubuntu"
            else f"https://snapshot.debian.org/package/{source}/{source_version}/"
        ),
        purl=f"pkg:deb/{system}/{package}@{version}",
    )


def _copyright(package: str) -> Iterator[tuple[str, str]]:
    """The package's own text, and the common ones that it points to."""
    try:
        own = Path(f"/usr/share/doc/{package}/copyright").read_text(encoding="utf-8")
    except OSError:
        return
    yield "copyright.txt", own
    for name in sorted(set(re.findall(rf"{COMMON}/([\w.+-]*[\w+])", own))):
        if (COMMON / name).is_file():
            yield f"{name}.txt", (COMMON / name).read_text(encoding="utf-8")


def _run(*command: str) -> str:
    """What it prints, or nothing if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
