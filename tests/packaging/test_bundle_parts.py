"""What the bundle leaves out: nothing that Isoloss asks for."""

import ast
import struct
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

ROOT = Path(__file__).parents[2]
ICU = sorted((Path(PySide6.__file__).parent / "Qt" / "lib").glob("libicudata.so.*"))
EXTRAS = {"gpuhunt", "pyarrow"}  # tests/core/test_bundle.py: what the app says instead
MAINTAINERS = {"core/speed/stage_fit.py"}  # makes a table that ships; nothing else imports it
SORTED = """
import functools
from PySide6.QtCore import QCollator, QLocale
words = "zebra Äpfel apfel Ápple ähm éa eb ñu nz 中文 日本 한글 ß ss 10 9 чай Ж ch cz ö".split()
for name in "en_US de_DE sv_SE cs_CZ zh_CN ja_JP ru_RU es_ES ko_KR".split():
    locale = QLocale(name)
    collator = QCollator(locale)
    collator.setNumericMode(True)
    print(sorted(words, key=functools.cmp_to_key(collator.compare)), locale.toUpper("straße ı"))
    print(locale.toString(1234.5), locale.dayName(1))
print("\\n".join({line.split()[-1] for line in open("/proc/self/maps") if "libicudata" in line}))
"""


def imported(path):
    """Names of modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def test_no_module_of_ours_imports_what_is_left_out():
    from bundle_parts import EXCLUDED_MODULES

    asked = set()
    for package in ("core", "gui", "resources"):
        for path in ROOT.glob(f"{package}/**/*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name in MAINTAINERS | {"core/calibration/probe.py"}:  # runs in another Python
                continue
            for module in imported(path):
                parts = module.split(".")
                inside = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
                asked |= {(name, hit) for hit in inside.intersection(EXCLUDED_MODULES)}
    assert {hit for _, hit in asked} == EXTRAS, asked


@pytest.mark.skipif(not ICU, reason="Qt has ICU of its own on Linux only")
def test_qt_sorts_with_the_thinned_icu_as_with_the_whole(tmp_path):
    import thin_icu

    thinned = tmp_path / ICU[0].name
    thin_icu.make(ICU[0], thinned)
    assert thinned.stat().st_size < ICU[0].stat().st_size / 4
    whole, thin = (
        subprocess.run(
            [sys.executable, "-c", SORTED],
            env={"LD_LIBRARY_PATH": folder, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for folder in ("", str(tmp_path))
    )
    assert thin[:-1] == whole[:-1]
    assert whole[-1] == str(ICU[0])
    assert thin[-1] == str(thinned)
    assert len({line for line in whole if line.startswith("[")}) > 3, "languages do differ"


@pytest.mark.skipif(not ICU, reason="Qt has ICU of its own on Linux only")
@pytest.mark.parametrize(
    ("at", "fields"), [(0, b"MZ"), (4, b"\x01"), (64, struct.pack("<I", 7)), (0x100C, b"none")]
)
def test_a_library_of_another_layout_is_left_alone(at, fields):
    import thin_icu

    library = bytearray(ICU[0].read_bytes())
    library[at : at + len(fields)] = fields
    with pytest.raises(thin_icu.UnknownLayoutError):
        thin_icu.thin(bytes(library))
