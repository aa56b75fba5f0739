"""From process start to the painted window, as a ratio to the smallest PySide6 + pyqtgraph window.

    make bench PYTEST_ARGS="tests/benchmarks/bench_startup.py -s"
    .venv/bin/python tests/benchmarks/bench_startup.py [--rounds N] [--bundle] [--imports]

Both windows are started in turn, warm and with the files of both dropped from the page cache, so
that a busy machine is as unfair to one as to the other. "painted" is when inputs and answer stand
on the screen and take edits, "complete" when the plots are painted, too. ``--bundle`` measures what
`make bundle` has made as well, beside the smallest window as PyInstaller bundles it in the same
environment. ``--imports`` prints the modules that the first paint loads, with their own
milliseconds.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROUNDS = 9
FIRST_PAINT = """
import os, sys
from gui.app import make_application, make_window
from gui.settings import Settings
app = make_application()
window = make_window(app, Settings(os.devnull))
window.plan_view.painted.connect(lambda: os._exit(0))
window.show()
app.exec()
"""
_DROP = 4  # POSIX_FADV_DONTNEED


def start(command: Sequence[str | Path]) -> dict[str, float]:
    """One start; what the program prints about it."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "HOME": home,
            "ISOLOSS_DATA": home,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "ISOLOSS_START_CLOCK": repr(time.time()),
        }
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def files_of(program: Path) -> Iterator[Path]:
    """What a start may read: the folder of a bundle, or the environment and its Python."""
    if program.name.startswith("python"):
        roots = [Path(sys.prefix), Path(sysconfig.get_path("stdlib")), ROOT / "core"]
        roots += [ROOT / name for name in ("gui", "resources")]
    else:
        roots = [program.parent]
    for root in roots:
        for path in root.rglob("*"):
            if path.is_file():
                yield path


def drop_from_cache(paths: Iterator[Path]) -> None:
    """Make the next start read its files from the disk."""
    os.sync()
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        os.posix_fadvise(handle, 0, 0, _DROP)
        os.close(handle)


def measure(
    ours: Sequence[str | Path], smallest: Sequence[str | Path], rounds: int, cold: bool
) -> dict[str, float]:
    """Medians of both, started in turn, and their ratios."""
    found: dict[str, list[dict[str, float]]] = {"ours": [], "smallest": []}
    for number in range(rounds + 1):
        for name, command in (("smallest", smallest), ("ours", ours)):
            if cold:
                drop_from_cache(files_of(Path(command[0])))
            told = start(command)
            if number or cold:  # the first warm start warms up
                found[name].append(told)

    def median(name: str, key: str) -> float:
        return statistics.median(told[key] for told in found[name])

    least = median("smallest", "complete_ms")
    return {
        "smallest_ms": least,
        "painted_ms": median("ours", "painted_ms"),
        "complete_ms": median("ours", "complete_ms"),
        "painted_ratio": median("ours", "painted_ms") / least,
        "complete_ratio": median("ours", "complete_ms") / least,
        "rss_mb": median("ours", "rss_mb"),
        "rss_ratio": median("ours", "rss_mb") / median("smallest", "rss_mb"),
    }


def bundled() -> tuple[list[str | Path], list[str | Path]]:
    """Our bundle, and one of the smallest window by the same PyInstaller."""
    ours, builder = ROOT / "dist/isoloss/isoloss", ROOT / "build/venv/bin/pyinstaller"
    for path in (ours, builder):
        if not path.exists():
            raise SystemExit(f"{path.relative_to(ROOT)} is missing: run make bundle first")
    folder = ROOT / "build/smallest"
    skipped = ("scipy", "pandas", "OpenGL", "matplotlib", "IPython")  # what pyqtgraph may use
    command: list[str | Path] = [builder, "--onedir", "--noconfirm", "--log-level=ERROR"]
    command += [f"--exclude-module={name}" for name in skipped]
    command += [f"--distpath={folder}", f"--workpath={folder}/work", f"--specpath={folder}"]
    subprocess.run([*command, HERE / "smallest_window.py"], check=True, timeout=600)
    return [ours], [folder / "smallest_window/smallest_window"]


def from_source() -> tuple[list[str | Path], list[str | Path]]:
    return [sys.executable, "-m", "gui"], [sys.executable, HERE / "smallest_window.py"]


def import_tree() -> list[tuple[float, str]]:
    """Modules loaded until the first paint, with their own milliseconds, slowest first."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", FIRST_PAINT],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \| +(\S+)$", done.stderr, re.MULTILINE)
    return sorted(((int(own) / 1000, name) for own, name in lines), reverse=True)


def by_package(tree: list[tuple[float, str]]) -> dict[str, tuple[float, int]]:
    """Milliseconds and number of modules of each package."""
    found: dict[str, tuple[float, int]] = {}
    for own, name in tree:
        package = ".".join(name.split(".")[: 2 if name.startswith(("core.", "gui.")) else 1])
        ms, modules = found.get(package, (0.0, 0))
        found[package] = ms + own, modules + 1
    return dict(sorted(found.items(), key=lambda item: -item[1][0]))


def bench_start_from_source(benchmark) -> None:
    ours, smallest = from_source()
    result = measure(ours, smallest, ROUNDS, cold=False)
    benchmark.extra_info.update(result)
    benchmark.pedantic(start, args=(ours,), rounds=3)
    print(said("source, warm", result))


def said(what: str, result: dict[str, float]) -> str:
    return (
        f"{what}: smallest {result['smallest_ms']:.0f} ms, painted {result['painted_ms']:.0f} ms "
        f"({result['painted_ratio']:.2f} x), complete {result['complete_ms']:.0f} ms "
        f"({result['complete_ratio']:.2f} x), {result['rss_mb']:.0f} MB "
        f"({result['rss_ratio']:.2f} x)"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bundle", action="store_true", help="dist/isoloss as well")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--imports", action="store_true")
    options = parser.parse_args()
    if options.imports:
        tree = import_tree()
        print(f"{sum(own for own, _ in tree):.0f} ms in {len(tree)} modules until the first paint")
        for package, (ms, modules) in list(by_package(tree).items())[:30]:
            print(f"{ms:8.1f} ms  {modules:4d}  {package}")
        return
    pairs = {"source": from_source()}
    if options.bundle:
        pairs["bundle"] = bundled()
    for name, (ours, smallest) in pairs.items():
        for cold in (False, True):
            result = measure(ours, smallest, options.rounds, cold)
            print(said(f"{name}, {'cold' if cold else 'warm'}", result), flush=True)


if __name__ == "__main__":
    main()
