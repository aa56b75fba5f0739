"""``isoloss --self-test``: whether every part of this program works where it is.

It is for a bundle, where a library or a table may have been left behind, and for the first look
at somebody else's computer: short, the same everywhere, and nothing is read from or written to a
person's own folders.
"""

import math
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

import core
from core.bundle import bundle_folder

Check = Callable[[], str]  # says what it saw; raises if that is not right
_EXPONENT = 0.10524  # of the loss over compute, from the shipped runs; a golden number
_RUNS = "params,tokens,loss\n1e6,2e7,4.5\n1e7,2e8,3.5\n1e8,2e9,2.9\n"


class CheckError(Exception):
    """A part works, but gives something else than it should; the text says what."""


def run(write: Callable[[str], object], more: Iterable[tuple[str, Check]] = ()) -> bool:
    """Try every part, even after one has failed; whether all work.

    Args:
        write: given each line as soon as it is known: what fails may end the process.
        more: checks of the window, by name, for core knows none.
    """
    place = bundle_folder() or Path(core.__file__).resolve().parent.parent
    write(f"isoloss {core.__version__}, Python {platform.python_version()}, {platform.platform()}")
    write(f"{'bundle' if bundle_folder() else 'source'} in {place}")
    checks = [*_CHECKS, *more]
    n_failed = sum(not _passes(name, check, write) for name, check in checks)
    write(f"{n_failed} of {len(checks)} failed" if n_failed else f"all {len(checks)} passed")
    return not n_failed


def _passes(name: str, check: Check, write: Callable[[str], object]) -> bool:
    try:
        seen = check()
    except Exception as error:  # whatever a broken installation raises
        said = " ".join(str(error).split())
        write(f"FAILED {name:<10} {type(error).__name__}: {said}")
        return False
    write(f"ok     {name:<10} {seen}")
    return True


def require(right: bool, what: str) -> None:
    """Raise unless it is right.

    Raises:
        CheckError: it is not.
    """
    if not right:
        raise CheckError(what)


def _resources() -> str:
    from core.families.library import families
    from core.hardware.catalogue import gpus
    from core.hardware.devices import devices
    from core.hardware.factors import factors, pue_presets
    from core.hardware.goodput import goodput_presets
    from core.hardware.grids import grids
    from core.hardware.prices import prices
    from core.laws.published import library
    from core.memory.peaks import published_peaks
    from core.speed.stacks import stacks
    from core.speed.stages import fitted_stages

    nowhere = Path(tempfile.gettempdir(), "isoloss-has-no-such-folder")
    tables = (gpus, factors, pue_presets, goodput_presets, published_peaks, stacks, fitted_stages)
    for table in tables:
        require(bool(table()), f"{table.__module__} has an empty table")
    counts = {
        "laws": len(library()),
        "GPUs": len(devices(nowhere)),
        "prices": len(prices(nowhere)),
        "grids": len(grids()),
        "families": len(families()),
    }
    require(all(counts.values()), f"empty tables: {counts}")
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _plan_2020() -> str:
    from core.planner import PlanRequest, plan
    from core.quantities import format_count

    made = plan(PlanRequest())
    return f"{format_count(made.non_embedding_params.value)} parameters in {made.request.value:g} h"


def _plan_today() -> str:
    from core.planner import PlanRequest, plan
    from core.quantities import format_count

    made = plan(PlanRequest(gpu="h100_sxm", law="besiroglu-2024", value=10.0))
    return f"{format_count(made.non_embedding_params.value)} parameters in {made.request.value:g} h"


def _fit() -> str:
    from core.fits.parametric import Choices
    from core.fits.report import FitRequest, fit
    from core.fits.resampling import Resampling
    from core.runs.shipped import shipped_table

    request = FitRequest(method="frontier-2020", choices=Choices(resampling=Resampling(0)))
    found = fit(shipped_table(), request).value("b")
    require(math.isclose(found, _EXPONENT, rel_tol=1e-3), f"exponent {found:.5f}")
    require("scipy.optimize" in sys.modules, "scipy was not asked")
    return f"exponent {found:.5f} (numpy {version('numpy')}, scipy {version('scipy')})"


def _csv() -> str:
    from core.runs.readers import read_runs

    with tempfile.TemporaryDirectory(prefix="isoloss-") as folder:
        file = Path(folder, "runs.csv")
        file.write_text(_RUNS, encoding="utf-8")
        table = read_runs([file])
    require(table.n_points == _RUNS.count("\n") - 1, f"{table.n_points} points")
    require("pandas" in sys.modules, "pandas was not asked")
    return f"{table.n_points} rows read (pandas {version('pandas')})"


def _probe() -> str:
    from core.calibration.run import PROBE

    compile(PROBE.read_bytes(), PROBE, "exec")
    return f"{PROBE.name} is a file that another Python can run"


_CHECKS: tuple[tuple[str, Check], ...] = (
    ("resources", _resources),
    ("plan 2020", _plan_2020),
    ("plan today", _plan_today),
    ("fit", _fit),
    ("CSV", _csv),
    ("probe", _probe),
)
