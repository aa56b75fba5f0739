"""The bundle's size, part by part: unpacked, and compressed as an archive would (xz).

Usage: build/venv/bin/python packaging/size_report.py [dist/isoloss]
"""

import lzma
import re
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader

LIMIT_MB = 70  # compressed; more, and the build fails
_MB = 1e6
_PARTS = {  # the first that fits
    "OpenBLAS, numpy's and scipy's": r"(numpy|scipy)\.libs/libscipy_openblas",
    "Fortran, for scipy": r"scipy\.libs/",
    "ICU (sorting)": r".*libicu",
    "Qt": r"PySide6/(Qt/|plugins/|translations/|Qt6)|Qt\w+\.framework",
    "PySide6 (Qt from Python)": r"PySide6|shiboken6",
    "Python": r"libpython|python3|base_library|Python|lib(bz2|ffi|lzma|uuid|z|zstd)\."
    r"|[^/]*\.(dll|pyd)$",
    "numpy": r"numpy",
    "scipy": r"scipy",
    "pandas": r"pandas|dateutil|tzdata",
    "pyqtgraph": r"pyqtgraph",
    "TensorBoard's reader": r"tensorboard|google|absl",
    "X11 helpers": r"lib(xcb|xkb)",
    "Isoloss": r"core|gui|resources|isoloss|notices|[^/]*$",
}
_MODULES = {  # of those in the program's archive
    **{name: name for name in ("numpy", "scipy", "pandas", "pyqtgraph")},
    **dict.fromkeys(("dateutil", "tzdata"), "pandas"),
    **dict.fromkeys(("PySide6", "shiboken6"), "PySide6 (Qt from Python)"),
    **dict.fromkeys(("tensorboard", "google", "absl"), "TensorBoard's reader"),
    **dict.fromkeys(("core", "gui", "resources"), "Isoloss"),
}


def main(folder: Path) -> int:
    """Print the table; returns 1 if the whole is too large."""
    contents, unpacked = parts_of(folder)
    with ThreadPoolExecutor() as threads:
        packed = dict(zip(contents, threads.map(compressed, contents.values()), strict=True))
    print(f"{'part':<34}{'MB':>8}{'MB as xz':>10}")
    for part in sorted(contents, key=lambda name: -packed[name]):
        print(f"{part:<34}{unpacked[part] / _MB:>8.1f}{packed[part] / _MB:>10.1f}")
    total, total_packed = sum(unpacked.values()) / _MB, sum(packed.values()) / _MB
    print(f"{'all':<34}{total:>8.1f}{total_packed:>10.1f}")
    if total_packed > LIMIT_MB:
        print(f"isoloss: more than {LIMIT_MB} MB compressed", file=sys.stderr)
        return 1
    return 0


def parts_of(folder: Path) -> tuple[dict[str, bytes], dict[str, int]]:
    """The contents of each part, joined, and its size on disk."""
    contents: dict[str, list[bytes]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        inner = path.relative_to(folder).as_posix()
        if path.parent == folder and path.stem.lower().startswith("isoloss"):
            pieces = modules_in(path)
        else:
            pieces = [(part_of(inner.removeprefix("_internal/")), path.read_bytes())]
        for part, content in pieces:
            contents[part].append(content)
            sizes[part] += len(content)
    return {part: b"".join(pieces) for part, pieces in contents.items()}, sizes


def part_of(name: str) -> str:
    """The part that a file belongs to."""
    return next((part for part, pattern in _PARTS.items() if re.match(pattern, name)), "others")


def modules_in(program: Path) -> list[tuple[str, bytes]]:
    """What the program holds: compressed modules by part, and the boot loader."""
    whole = program.read_bytes()
    archive = CArchiveReader(str(program))
    modules = archive.open_embedded_archive("PYZ.pyz")
    entry = archive.toc["PYZ.pyz"]
    start = archive._start_offset + entry[0]
    pieces = [
        (_MODULES.get(name.partition(".")[0], "Python"), whole[start + at : start + at + length])
        for name, (_, at, length) in modules.toc.items()
    ]
    pieces.append(("Isoloss", whole[:start] + whole[start + entry[1] :]))
    return pieces


def compressed(content: bytes) -> int:
    """Bytes when compressed."""
    return len(lzma.compress(content))


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:]) if sys.argv[1:] else Path("dist/isoloss")))
