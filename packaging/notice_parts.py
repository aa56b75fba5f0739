"""Every part of an installer that is no library of the system, with its licence.

Packages are read from the environment that builds, what they and Python hold inside from
licences/parts.toml.
"""

import platform
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path

from license_expression import get_spdx_licensing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TEXTS = HERE / "licences" / "texts"
LICENCE_FILE = re.compile(r"LICEN[CS]E|LEGAL CODE|COPYING|NOTICE|AUTHORS|COPYRIGHT", re.IGNORECASE)
OF_CPYTHON = (
    *("*lib-dynload/*", "libpython3*", "python3*.dll", "Python"),
    *("_*.pyd", "pyexpat.pyd", "select.pyd", "unicodedata.pyd"),  # at the top on Windows
)


class NoticeError(Exception):
    """A part has no licence text, or one that may not be passed on."""


@dataclass(frozen=True)
class Part:
    """One line of the notices, one component of the bill of materials."""

    name: str
    licence: str  # SPDX expression
    texts: tuple[tuple[str, str], ...]  # (file name, content)
    version: str = ""
    homepage: str = ""
    source: str = ""
    inside: str = ""  # canonical name of the package that brings it
    needs: tuple[str, ...] = ()  # canonical names of packages
    purl: str = ""
    sha256: str = ""
    files: tuple[str, ...] = field(default=(), compare=False)


@cache
def table() -> dict[str, object]:
    """licences/parts.toml."""
    return tomllib.loads((HERE / "licences" / "parts.toml").read_text(encoding="utf-8"))


def packages(root: str = "isoloss", extra: frozenset[str] = frozenset()) -> dict[str, Part]:
    """`root`, what it depends on at run time on this system, and `extra`; by canonical name.

    Of `extra` alone, without what that would depend on: PyInstaller takes the modules that are
    imported, and of TensorBoard, say, that is its reader and not its server.

    Raises:
        NoticeError: If one is not installed, or has no licence text.
    """
    found: dict[str, Part] = {}
    todo, reached = [*sorted(extra), root], {root}  # root first, for we take from the end
    while todo:
        name = canonicalize_name(todo.pop())
        if name in found:
            continue
        try:
            one = metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            raise NoticeError(f"{name} is not installed here: build from uv.lock") from error
        needs = tuple(sorted(_needs(one)))
        if name in reached:
            todo += needs
            reached.update(needs)
        found[name] = _package(name, one, needs)
    return {
        name: replace(part, needs=tuple(need for need in part.needs if need in found))
        for name, part in sorted(found.items())
    }


def _needs(one: metadata.Distribution) -> Iterator[str]:
    for line in one.requires or ():
        need = Requirement(line)
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            yield canonicalize_name(need.name)


def _package(name: str, one: metadata.Distribution, needs: tuple[str, ...]) -> Part:
    known = table()["package"].get(name, {})
    info = one.metadata
    links = dict(line.split(", ", 1) for line in info.get_all("Project-URL") or ())
    links = {label.lower(): link for label, link in links.items()}
    locked = _locked(name, one.version, one.read_text("WHEEL") or "")
    texts = _wheel_texts(one) or tuple(_text(text) for text in known.get("texts", ()))
    if name == "isoloss":  # an editable install has no copy of its own
        texts = tuple(_text(f"repo:{text}") for text in ("LICENSE", "NOTICE"))
    return Part(
        name=info["Name"],
        version=one.version,
        licence=known.get("licence") or info.get("License-Expression") or info.get("License") or "",
        texts=texts,
        homepage=known.get("homepage")
        or info.get("Home-page")
        or links.get("homepage")
        or links.get("repository")
        or (f"https://pypi.org/project/{name}/" if locked else ""),
        source=known.get("source") or locked.get("source", "") or links.get("source", ""),
        needs=needs,
        purl=f"pkg:pypi/{name}@{one.version}",
        sha256=locked.get("sha256", ""),
        files=tuple(str(path) for path in one.files or ()),
    )


def _wheel_texts(one: metadata.Distribution) -> tuple[tuple[str, str], ...]:
    found = []
    for path in sorted(one.files or (), key=str):
        vendored = "_vendor" in path.parts or path.suffix in (".py", ".pyc", ".so", ".renv")
        if LICENCE_FILE.search(path.name) and not vendored and Path(path.locate()).is_file():
            inner = [part for part in path.parts if not part.endswith(".dist-info")]
            name = "-".join(part for part in inner if part != "licenses")
            text = Path(path.locate()).read_text(encoding="utf-8", errors="replace")
            found.append((name if Path(name).suffix else f"{name}.txt", text))
    return tuple(found)


@cache
def _lock() -> dict[tuple[str, str], dict]:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {(one["name"], one.get("version", "")): one for one in locked}


def _locked(name: str, version: str, wheel: str) -> dict[str, str]:
    """Hash of the wheel that is installed, and where its source is, from uv.lock."""
    one = _lock().get((name, version), {})
    found = {"source": one["sdist"]["url"]} if "url" in one.get("sdist", {}) else {}
    tags = set(re.findall(r"^Tag: (\S+)", wheel, re.MULTILINE))
    for entry in one.get("wheels", ()):
        file = entry.get("url", "").rsplit("/", 1)[-1]
        if file and tags & {str(tag) for tag in parse_wheel_filename(file)[3]}:
            found["sha256"] = entry["hash"].removeprefix("sha256:")
            break
    return found


def _text(name: str) -> tuple[str, str]:
    kind, _, rest = name.rpartition(":")
    path = ROOT / rest if kind == "repo" else TEXTS / rest
    try:
        return path.name, path.read_text(encoding="utf-8")
    except OSError as error:
        raise NoticeError(f"parts.toml names a text that is not there: {path}") from error


def other_parts(known: dict[str, Part], system: str = sys.platform) -> list[Part]:
    """What is inside the packages and beside them, on that system."""
    hosts = known | {
        "cpython": Part(
            "CPython",
            "Python-2.0",
            (_python_text(),),
            version=platform.python_version(),
            homepage="https://www.python.org",
            source=f"https://www.python.org/ftp/python/{platform.python_version()}/",
            purl=f"pkg:generic/python@{platform.python_version()}",
            files=OF_CPYTHON,
        )
    }
    if version := _version_of("pyinstaller"):
        hosts["pyinstaller"] = Part("PyInstaller", "", (), version=version)
    found = [hosts["cpython"]]
    for row in table()["part"]:
        host = hosts.get(row["inside"])
        if host is None or system not in row.get("only", [system]):
            continue
        texts = []
        for text in row["texts"]:
            kind, _, package = text.rpartition(":")
            texts += known[package].texts if kind == "wheel" else [_text(text)]
        version = row.get("version") or (host.version if row.get("same_version") else "")
        found.append(
            Part(
                name=row["name"],
                version=version or _linked_version(row.get("version_from", "")),
                licence=row["licence"],
                texts=tuple(texts),
                homepage=row["homepage"],
                source=row.get("source", ""),
                inside=row["inside"] if row["inside"] in known else "cpython",
                files=tuple(row.get("files", ())),
            )
        )
    return found


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _linked_version(library: str) -> str:
    """Of a library that this very Python has loaded."""
    if library == "openssl":
        import ssl

        return ssl.OPENSSL_VERSION.split()[1]
    if library == "zlib":
        import zlib

        return zlib.ZLIB_RUNTIME_VERSION
    if library == "expat":
        import pyexpat

        return pyexpat.EXPAT_VERSION.removeprefix("expat_")
    return ""


def _python_text() -> tuple[str, str]:
    base = Path(sys.base_prefix)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for path in (
        base / "lib" / f"python{version}" / "LICENSE.txt",
        base / "LICENSE.txt",
        Path(f"/usr/share/doc/python{version}/copyright"),
    ):
        if path.is_file():
            return "PSF-LICENSE.txt", path.read_text(encoding="utf-8")
    raise NoticeError(f"this Python has no LICENSE.txt: {base}")


def check(parts: list[Part]) -> None:
    """Every part has a licence that may be passed on, in its full text.

    Raises:
        NoticeError: Names every part that has not.
    """
    wrong = []
    for part in parts:
        if not any(text.strip() for _, text in part.texts):
            wrong.append(f"{part.name}: no licence text; add one to packaging/licences")
        if complaint := refusal(part.licence):
            wrong.append(f"{part.name}: {complaint}")
    if wrong:
        raise NoticeError("\n".join(wrong))


def refusal(licence: str) -> str:
    """Why that licence will not do; nothing if it will."""
    spdx = get_spdx_licensing()
    known = re.sub(r"LicenseRef-[\w.-]+", "MIT", licence)
    if not licence or spdx.validate(known).errors:
        return (
            f"no SPDX licence expression but {licence!r}; add one to packaging/licences/parts.toml"
        )
    tree = spdx.parse(known, simple=False)
    return "" if _allowed(tree) else f"{licence} would bind the whole of Isoloss"


def _allowed(tree: object) -> bool:
    """Strong copyleft will not do, unless with an exception or as one choice of several."""
    kind = type(tree).__name__
    if kind in ("AND", "OR"):
        return (all if kind == "AND" else any)(map(_allowed, tree.args))
    return kind == "LicenseWithExceptionSymbol" or not re.match(r"A?GPL-", tree.key)
