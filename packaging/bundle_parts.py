"""What goes into the bundle and what stays out, each with its reason; read by isoloss.spec."""

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from typing import Any

import thin_icu

_Entry = tuple[str, str, str]  # place in the bundle, source, kind: PyInstaller's

NOT_BUNDLED = {
    # extras, too large or with too much behind them; the app says what works instead
    "gpuhunt",
    "pyarrow",
    # of the tools that make the tables we ship
    "scipy.stats",
    # asked for only when it has been loaded already
    "torch",
}
EXCLUDED_MODULES = [
    *sorted(NOT_BUNDLED),
    # never imported; hooks and optional imports of others would bring them
    *("tkinter", "IPython", "matplotlib", "OpenGL", "h5py", "numba", "cupy", "jinja2", "lxml"),
    *("PIL", "grpc", "werkzeug", "markdown", "markupsafe", "tensorflow", "fsspec", "boto3"),
    *("pytest", "setuptools", "pkg_resources", "_distutils_hack", "pydoc_data", "sqlite3"),
    *("curses", "readline", "lib2to3", "idlelib", "ensurepip"),
    *("pyqtgraph.examples", "pyqtgraph.opengl", "pyqtgraph.flowchart"),
    *("pyqtgraph.console", "pyqtgraph.jupyter"),
    *("scipy.cluster", "scipy.datasets", "scipy.differentiate", "scipy.integrate"),
    *("scipy.interpolate", "scipy.io", "scipy.ndimage", "scipy.odr", "scipy.signal"),
    "scipy.special.cython_special",
    *("PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtDBus"),
    *("PySide6.QtTest", "PySide6.QtPrintSupport"),
    # see no_opengl.py
    *("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"),
    # no network here, and hashlib has what we use of its own
    *("_ssl", "_hashlib"),
]
_STAND_INS = dict.fromkeys(("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"), "no_opengl.py")
_PLUGINS = (  # below PySide6/Qt/plugins or PySide6/plugins; everything else stays out
    *("platforms/*qxcb.*", "platforms/*qwayland.*", "platforms/*qoffscreen.*"),
    *("platforms/*qwindows.*", "platforms/*qcocoa.*"),
    *("styles/*", "iconengines/*qsvgicon.*", "imageformats/*qsvg.*", "imageformats/*qico.*"),
    *("platforminputcontexts/*compose*", "platforminputcontexts/*ibus*"),
    "platformthemes/*xdgdesktopportal*",  # the desktop's own file dialogs and dark mode
    *("wayland-shell-integration/*xdg-shell.*", "wayland-decoration-client/*bradient.*"),
)
_TRANSLATIONS = re.compile(r"qtbase_\w+\.qm$")
_OF_THE_SYSTEM = re.compile(
    # every desktop has them, and an older copy of ours would keep its graphics drivers or the
    # fonts of its settings out (the same list as AppImage's, but for what is tiny)
    r"lib(stdc\+\+|gcc_s|expat|X11|X11-xcb|Xau|Xdmcp|fontconfig|freetype|glib-2\.0|gthread-2\.0"
    r"|dbus-1)\.so"
)
_LEFT_OUT = re.compile(
    r"/tests?/|(^|/)opengl32sw\.dll$|(^|/)d3dcompiler_\d+\.dll$|^numpy/f2py/src/"
    r"|\.(pyi|pxd|pyx|h|hpp|c|cpp|lib|a)$"
    # tells where it was built; METADATA stays
    r"|\.dist-info/(RECORD|INSTALLER|REQUESTED|WHEEL|direct_url\.json|uv_\w+\.json)$",
    re.IGNORECASE,
)


def version() -> str:
    """Isoloss's version, as pyproject.toml has it."""
    return distribution("isoloss").version


def data_files(root: Path) -> list[tuple[str, str]]:
    """Files that stay files: resources, the probe, metadata, and notices if they were made."""
    info = Path(str(distribution("isoloss").locate_file(f"isoloss-{version()}.dist-info")))
    found = [
        (str(info / "METADATA"), info.name),
        # the person's own Python runs this one, so it cannot be in our archive
        (str(root / "core" / "calibration" / "probe.py"), "core/calibration"),
    ]
    for folder, into in ((root / "resources", "resources"), (root / "build/notices", "notices")):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                found.append(
                    (str(path), str(PurePosixPath(into, *path.relative_to(folder).parts[:-1])))
                )
    return found


def hidden_imports(root: Path) -> list[str]:
    """Every module of ours, and what we import by a name in a string."""
    from PyInstaller.utils.hooks import collect_submodules

    sys.path.insert(0, str(root))
    ours = [name for package in ("core", "gui") for name in collect_submodules(package)]
    return [*ours, "tensorboard.backend.event_processing.event_file_loader"]


def slim(analysis: Any, scratch: Path) -> None:  # noqa: ANN401  # PyInstaller has no types
    """Take out of an analysis what is never loaded, and what is never looked at inside files.

    Args:
        analysis: PyInstaller's; changed.
        scratch: folder for the files that are smaller than their originals.
    """
    for name, path in _STAND_INS.items():
        analysis.pure.append((name, str(Path(__file__).with_name(path)), "PYMODULE"))
    analysis.binaries = [entry for entry in analysis.binaries if _is_wanted(entry[0])]
    analysis.datas = [entry for entry in analysis.datas if _is_wanted(entry[0])]
    if sys.platform == "linux":
        needed = _needed(analysis.binaries)
        analysis.binaries = [_thinned(entry, scratch) for entry in needed]
    there = {entry[0] for entry in (*analysis.binaries, *analysis.datas)}
    for toc in (analysis.binaries, analysis.datas):
        toc[:] = [entry for entry in toc if entry[2] != "SYMLINK" or _target(entry) in there]


def _thinned(entry: _Entry, scratch: Path) -> _Entry:
    """Python's own libraries without debugging symbols, and ICU's without what Qt never reads."""
    name, source, kind = entry
    thin = scratch / name
    if kind == "SYMLINK":
        return entry
    if name.startswith(("libpython", "python3.")):
        thin.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["strip", "--strip-debug", "-o", thin, source], check=True)
    elif "/libicudata.so" in name:
        try:
            thin_icu.make(Path(source), thin)
        except thin_icu.UnknownLayoutError as reason:  # larger, and as good
            print(f"isoloss: ICU's data stay as they are: {reason}", file=sys.stderr)
            return entry
    else:
        return entry
    return name, str(thin), kind


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    if "plugins" in path.parts and path.parts[0] == "PySide6":
        inner = PurePosixPath(*path.parts[path.parts.index("plugins") + 1 :])
        return any(inner.match(pattern) for pattern in _PLUGINS)
    if path.suffix == ".qm" and path.parts[0] == "PySide6":
        return bool(_TRANSLATIONS.search(path.name))
    if sys.platform == "linux" and _OF_THE_SYSTEM.match(path.name):
        return False
    return not _LEFT_OUT.search(str(path))


def _needed(binaries: list[_Entry]) -> list[_Entry]:
    """Without the libraries that only what is left out above has asked for."""
    libraries = {
        PurePosixPath(entry[0]).name: entry
        for entry in binaries
        if entry[2] == "BINARY" and "/plugins/" not in entry[0]
    }
    kept = [entry for entry in binaries if entry not in libraries.values()]
    # the boot loader opens libpython by its name
    kept += [libraries.pop(name) for name in list(libraries) if name.startswith("libpython")]
    for _, source, kind in kept:  # grows while we look
        if kind != "SYMLINK":
            kept += [libraries.pop(name) for name in _asked_for(source) if name in libraries]
    return kept


def _asked_for(library: str) -> list[str]:
    """The libraries that it names itself; PyInstaller's own way gives those of those, too."""
    said = subprocess.run(["objdump", "-p", library], capture_output=True, text=True, check=True)
    return re.findall(r"^\s*NEEDED\s+(\S+)", said.stdout, re.MULTILINE)


def _target(link: _Entry) -> str:
    return os.path.normpath(PurePosixPath(link[0]).parent / link[1])


def windows_version(text: str) -> Any:  # noqa: ANN401
    """What Explorer shows as the program's details."""
    from PyInstaller.utils.win32 import versioninfo as info

    numbers = tuple(int(part) for part in re.findall(r"\d+", text)[:3])
    four = (*numbers, *(0,) * (4 - len(numbers)))
    strings = {
        "CompanyName": "The Isoloss authors",
        "FileDescription": "Isoloss",
        "FileVersion": text,
        "ProductName": "Isoloss",
        "ProductVersion": text,
        "LegalCopyright": "Apache-2.0",
    }
    table = info.StringTable("040904B0", [info.StringStruct(*pair) for pair in strings.items()])
    return info.VSVersionInfo(
        ffi=info.FixedFileInfo(filevers=four, prodvers=four),
        kids=[
            info.StringFileInfo([table]),
            info.VarFileInfo([info.VarStruct("Translation", [0x0409, 1200])]),
        ],
    )
