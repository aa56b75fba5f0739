"""Licences and bill of materials of an installer, into build/notices.

    python packaging/notices.py                        before PyInstaller: what is to be bundled
    python packaging/notices.py --bundle dist/isoloss  after it: what it really holds, put into it

Run it in the environment that builds the bundle. It fails if a part has no licence text, if a
licence would bind the whole of Isoloss, or if a native library of the bundle belongs to no part.
"""

import argparse
import re
import shutil
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

from notice_bundle import bundled_packages, parts_of_bundle
from notice_parts import ROOT, TEXTS, NoticeError, Part, check, other_parts, packages
from sbom import write as write_sbom

QT_NOTICE = """\
Qt, PySide6 and Shiboken6 in Isoloss
====================================

Isoloss {version} uses Qt {qt} and Qt for Python (PySide6 and Shiboken6) {qt}, copyright The Qt
Company Ltd. and other contributors, under the GNU Lesser General Public License, version 3. They
are unmodified and linked dynamically. The text of that licence is in LGPL-3.0.txt, that of the
GNU General Public License, version 3, which it builds upon, in GPL-3.0.txt, both beside this
file. They come without any warranty.

Their complete sources
    Qt             {qt_source}
    PySide6        {pyside_source}
    Repositories   https://code.qt.io

Replacing them
    You may change these libraries, and use Isoloss with your own builds of them. Nothing in
    Isoloss checks or prevents it, and Isoloss's own licence (Apache-2.0) permits to reverse
    engineer it for debugging such changes.

    1. Build Qt {qt_minor} or a later 6.x that is binary compatible with it, and PySide6 for it,
       as https://doc.qt.io/qtforpython-6/building_from_source/ describes, or take the files of
       another PySide6-Essentials wheel of the same Python.
    2. Quit Isoloss and put your files in the place of those of the same name in
           Linux      _internal/PySide6/Qt/lib, _internal/PySide6/Qt/plugins, _internal/PySide6
           Windows    _internal\\PySide6
           macOS      Isoloss.app/Contents/Frameworks/PySide6
       below the folder where Isoloss is installed. On macOS sign the app again afterwards:
           codesign --force --deep --sign - Isoloss.app
    3. Start Isoloss again.

    Isoloss's own source, and how to run it without any bundle on a Qt of your choice, is where
    you got this program, in README.md.
"""


def main(arguments: list[str] | None = None) -> int:
    """Write everything; 1 and the reasons on stderr if something is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "notices")
    parser.add_argument("--bundle", type=Path, help="a folder that PyInstaller has made")
    chosen = parser.parse_args(arguments)
    try:
        write(collect(chosen.bundle), chosen.out)
        if chosen.bundle:
            replace_in(chosen.bundle, chosen.out)
    except NoticeError as error:
        print(f"isoloss: {error}", file=sys.stderr)
        return 1
    return 0


def collect(bundle: Path | None = None) -> list[Part]:
    """Every part of the bundle, or of what would be bundled here.

    Raises:
        NoticeError: If one has no licence that may be passed on, in full text.
    """
    unasked = bundled_packages(bundle) if bundle and find_spec("PyInstaller") else frozenset()
    known = packages(extra=unasked)
    parts = [*known.values(), *other_parts(known)]
    if bundle:
        parts = parts_of_bundle(bundle, parts)
    check(parts)
    return parts


def write(parts: list[Part], out: Path) -> None:
    """Put texts, list, Qt's notice and bill of materials into a fresh folder."""
    shutil.rmtree(out, ignore_errors=True)
    for part in parts:
        folder = out / "licences" / folder_name(part)
        folder.mkdir(parents=True)
        for name, text in part.texts:
            put(folder / name, text)
    named = {part.name: part for part in parts}
    qt = named["Qt"].version
    put(
        out / "Qt.txt",
        QT_NOTICE.format(
            version=named["isoloss"].version,
            qt=qt,
            qt_minor=".".join(qt.split(".")[:2]),
            qt_source=f"https://download.qt.io/official_releases/qt/{qt.rpartition('.')[0]}/{qt}/",
            pyside_source="https://download.qt.io/official_releases/QtForPython/pyside6/"
            f"PySide6-{qt}-src/",
        ),
    )
    for name in ("LGPL-3.0.txt", "GPL-3.0.txt"):
        put(out / name, (TEXTS / name).read_text(encoding="utf-8"))
    put(out / "NOTICES.txt", overview(parts))
    write_sbom(parts, out / "sbom.cdx.json")


def replace_in(bundle: Path, out: Path) -> None:
    """Give the bundle these notices for those of before PyInstaller, which could not know all.

    Raises:
        NoticeError: If it has none: then the spec did not put them in.
    """
    before = next(bundle.rglob("notices/NOTICES.txt"), None)
    if before is None:
        raise NoticeError(f"{bundle} has no notices: run this without --bundle before PyInstaller")
    shutil.rmtree(before.parent)
    shutil.copytree(out, before.parent)


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def folder_name(part: Part) -> str:
    """The part's folder below licences/, safe on every file system."""
    return re.sub(r"[^A-Za-z0-9.+ ]+", "-", part.name).strip("-. ")


def overview(parts: list[Part]) -> str:
    """The list that a person reads."""
    named = {part.name: part for part in parts}
    lines = [
        f"What Isoloss {named['isoloss'].version} consists of",
        "",
        "Every part with its licence; the full texts are in the folder licences.",
        "Qt and PySide6 are under the LGPL: Qt.txt says where their sources are and",
        "how to replace them. The same list for programs: sbom.cdx.json (CycloneDX).",
        "",
    ]
    for part in parts:
        lines.append(f"{part.name} {part.version}".strip())
        rows = (
            ("Licence", part.licence),
            ("Homepage", part.homepage),
            ("Source", part.source),
            ("Inside", part.inside),
            ("Text", f"licences/{folder_name(part)}"),
        )
        for label, value in rows:
            if value:
                indent = " " * 14
                wrapped = textwrap.wrap(value, 84, break_long_words=False, break_on_hyphens=False)
                lines.append(f"    {label:<10}" + f"\n{indent}".join(wrapped))
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
