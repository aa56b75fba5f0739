"""Every reader of a file that a person can have: how the app reads it, and files to start from.

A reader may raise `InputError` and nothing else, and leaves the file as it is.
"""

import os
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from unittest import mock

from core.errors import InputError

SAMPLES = Path(__file__).parent.parent / "core" / "runs" / "samples"


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes:
        file: what such a file is called.
        read: reads it from a path as the app does.
        seeds: contents of valid files.
        kind: json, lines (of JSON), table, ini or binary, for mutations that get far.
        given: whether a person names the file; the others lie where the app looks for them.
        refuses: whether what cannot be read is an error; else it is as if nothing were there.
        may_move: whether a broken file is set aside under another name.
    """

    file: str
    read: Callable[[Path], object]
    seeds: Callable[[], list[bytes]]
    kind: str
    given: bool = False
    refuses: bool = False
    may_move: bool = False

    def use(self, path: Path) -> InputError | None:
        """Read the file; the error that it is refused with."""
        try:
            self.read(path)
        except InputError as error:
            assert str(error)
            str(error).encode()  # it can be printed
            return error
        return None


def _plan(path: Path) -> None:
    from core.documents.store import open_plan, stamp_of
    from core.planner import plan
    from core.planner.request import ANY_GPU

    stamp_of(path)
    request = open_plan(path).document.request
    if request.gpu != ANY_GPU:
        plan(request)


@cache
def _plans() -> list[bytes]:
    from core.documents.document import PlanDocument, document_to_bytes
    from core.planner.request import By, PlanRequest

    with tempfile.TemporaryDirectory() as name:
        law, profile = Path(name) / "own.isoloss-law", Path(name) / "own.json"
        law.write_bytes(_laws()[0])
        profile.write_bytes(_profiles()[0])
        requests = [
            PlanRequest(By.HOURS, 12.0, "V100"),
            PlanRequest(By.USD, 900.0, "h100_sxm", n_gpus=8, family="llama", law=str(law)),
            PlanRequest(By.HOURS, 3.0, str(profile), family="llama", tp=1, cap_usd=30.0),
        ]
        found = [document_to_bytes(PlanDocument(one, {"loss": 3.1})) for one in requests]
    first = b'{"format": "isoloss-plan", "version": 1, "by": "hours", "value": 12, "gpu": "V100"}'
    return [*found, first]


def _law(path: Path) -> None:
    from core.laws.library import find_law

    law = find_law(str(path))
    law.params(law.floor_compute * 10)


@cache
def _laws() -> list[bytes]:
    import numpy as np

    from core.laws.about import About
    from core.laws.law_file import SavedLaw, Spread, law_to_bytes
    from core.laws.library import laws
    from core.laws.parametric import COEFFICIENTS, ParametricLaw

    about = About("Mine", "mine", "non-embedding", params_range=(1e6, 1e9), n_runs=20)
    law = ParametricLaw(1.81, 477.8, 2143.4, 0.3473, 0.3671, about)
    rows = np.array([[getattr(law, name) * (1 + k / 90) for name in COEFFICIENTS] for k in (0, 1)])
    spread = {"alpha": Spread(0.3, 0.4, 0.01)}
    fitted = SavedLaw(law, spread, 0.8, rows, {"objective": "huber", "delta": 1e-3})
    return [law_to_bytes(fitted), law_to_bytes(SavedLaw(laws()["txl-wikitext103"]))]


def _profile(path: Path) -> None:
    from core.calibration.hardware import hardware_of
    from core.calibration.profile_file import load_profile
    from core.calibration.shipped import against_shipped

    profile = load_profile(path)
    for group in profile.fits:
        against_shipped(profile, group)
    hardware_of(str(path))


@cache
def _calibration() -> "object":
    from core.calibration.messages import DeviceInfo, Stack, StepMeasurement
    from core.calibration.result import Calibration

    steps = [
        StepMeasurement(
            stack=Stack.DECODER,
            n_layers=layers,
            d_model=width,
            n_heads=width // 64,
            d_ff=3 * width,
            vocab=vocab,
            seq_len=length,
            micro_batch=4,
            precision="bf16",
            compile=False,
            processes=1,
            step_time_s=1e-3 + 1e-12 * layers * width * width * length,
            step_time_spread=1e-5,
            repeats=9,
            warmup=2,
            tokens_per_s=5e3,
            params=12 * layers * width * width,
            params_non_embedding=12 * layers * width * width,
        )
        for layers, width, vocab, length in (
            *((2, 128, 512, 64), (4, 256, 512, 128), (6, 512, 2048, 128), (8, 256, 512, 256)),
            *((3, 384, 8192, 64), (12, 768, 512, 512), (5, 640, 2048, 256), (1, 64, 512, 64)),
        )
    ]
    device = DeviceInfo(
        schema=1,
        date="2026-11-22T12:00:00Z",
        device="cuda:0",
        kind="cuda",
        name="NVIDIA H100 80GB HBM3",
        torch="2.13.0",
        memory_bytes=80 * 2**30,
        precisions=("bf16",),
    )
    return Calibration(device=device, measurements=tuple(steps), elapsed_s=60.0)


@cache
def _profiles() -> list[bytes]:
    from core.calibration.profile import make_profile
    from core.calibration.profile_file import profile_to_bytes

    return [profile_to_bytes(make_profile(_calibration(), "workstation"))]


def _result(path: Path) -> None:
    from core.calibration.result import read_calibration
    from core.calibration.unsaved import about_unsaved

    about_unsaved(path)
    read_calibration(path)


@cache
def _results() -> list[bytes]:
    import json

    from core.calibration.result import document_of

    return [json.dumps(document_of(_calibration())).encode()]


def _jobs(path: Path) -> None:
    from core.calibration.cluster.folder import read_run

    read_run(path.parent)


@cache
def _job_records() -> list[bytes]:
    from core.calibration.cluster.folder import Job, Run, save_run

    with tempfile.TemporaryDirectory() as name:
        jobs = (Job(name="a100", id="17"), Job(name="h100", refused="no such partition"))
        save_run(Run(folder=Path(name), executor="slurm", submitted_s=1e9, limit_s=600, jobs=jobs))
        return [(Path(name) / "jobs.json").read_bytes()]


def _of_job(path: Path) -> None:
    from core.calibration.cluster.folder import Job, Run
    from core.calibration.cluster.outcome import Lines, ended, outcome
    from core.calibration.cluster.slurm import State

    job = Job(name=path.parent.name, id="17")
    run = Run(
        folder=path.parent.parent, executor="slurm", submitted_s=1.0, limit_s=9.0, jobs=(job,)
    )
    Lines(path.parent).fresh()
    ended(path.parent)
    outcome(run, job, State("COMPLETED"))


def _probe_lines() -> list[bytes]:
    import json

    from core.calibration.result import document_of

    document = document_of(_calibration())
    done = {"type": "done", "status": "complete", "reason": "", "measured": 8, "skipped": 0}
    lines = [
        {"type": "device", **document["device"]},
        *({"type": "measurement", **entry} for entry in document["measurements"][:2]),
        {**done, "elapsed_s": 3.5},
    ]
    return ["".join(json.dumps(line) + "\n" for line in lines).encode()]


def _ends() -> list[bytes]:
    return [b'{"reason": "", "detail": "", "status": 0}', b'{"reason": "hang", "detail": "9"}']


def _autosave(path: Path) -> None:
    from core.documents.recovery import left_behind

    host = _lock_suffix()
    place = path.with_name(f"1-ab{host}.autosave")
    path.rename(place)
    try:
        for one in left_behind(path.parent):
            one.release()
    finally:
        place.rename(path)


def _lock_suffix() -> str:
    from core.calibration.lock import Lock

    return Lock(Path(), "x").path.stem.removeprefix("x")


@cache
def _autosaves() -> list[bytes]:
    from core.documents.document import document_from_bytes
    from core.documents.recovery import Autosave, Unsaved
    from core.documents.store import Stamp

    with tempfile.TemporaryDirectory() as name:
        kept = Autosave(Path(name))
        document = document_from_bytes(_plans()[0], "x")
        stamp = Stamp(10**18, 900, "ab")
        kept.write(Unsaved(document, datetime(2026, 11, 22), Path("/home/a/b.isoloss"), stamp))
        content = kept.path.read_bytes()
        kept.close()
    return [content]


def _lock(path: Path) -> None:
    from core.calibration.lock import Lock

    content, name = path.read_bytes(), "calibrating"
    holder, other = Lock(path.parent, name), Lock(path.parent, name)
    holder.take("cuda:0")
    try:
        holder.path.write_bytes(content)
        assert other.take("cpu") is not None
    finally:
        holder.release()


def _locks() -> list[bytes]:
    return [b'{"pid": 7, "since": "2026-11-22 15:04", "device": "cpu"}']


def _gpus(path: Path) -> None:
    from core.hardware.devices import device_problems, devices

    devices(path.parent)
    for problem in device_problems(path.parent):
        assert str(problem.message)


@cache
def _gpu_tables() -> list[bytes]:
    from core.hardware.devices import DEVICE_COLUMNS, find_device, row_of
    from core.hardware.tables import put_row

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "gpus.csv"
        for gpu in ("h100_sxm", "v100_sxm2_16"):
            own = replace(find_device(gpu), id=f"own_{gpu}")
            put_row(path, DEVICE_COLUMNS, row_of(own), lambda row: False)
        return [path.read_bytes(), b"id,memory_gb,mem_bw_gb_s\nmine,24,900\n"]


def _prices(path: Path) -> None:
    from core.hardware.prices import age_text, price_problems, prices

    for price in prices(path.parent)[-3:]:
        age_text(price, datetime(2026, 11, 22).date())
    for problem in price_problems(path.parent):
        assert str(problem.message)


@cache
def _price_tables() -> list[bytes]:
    from core.hardware.prices import PRICE_COLUMNS, default_price, row_of
    from core.hardware.tables import write_table

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "prices.csv"
        write_table(path, PRICE_COLUMNS, [row_of(default_price("h100_sxm"))])
        short = b"gpu,provider,gpus_in_instance,ondemand_usd_per_gpu_h\nh100_sxm,me,8,2.5\n"
        return [path.read_bytes(), short]


def _trainings(path: Path) -> None:
    from core.planner.estimate import estimate
    from core.speed.table import case_of, read_table

    for row in read_table(path)[:5]:
        try:
            case = case_of(row)
            estimate(case.arch, case.setup, case.stack)
        except InputError as error:
            assert str(error)


def _training_tables() -> list[bytes]:
    header = b"model,gpu,n_gpus,n_layers,d_model,n_heads,vocab,seq_len,micro_batch,tp,sharding\n"
    rows = b"a,h100_sxm,8,32,4096,32,50257,2048,1,2,fsdp\nb,A100,1,12,768,12,50257,1024,8,1,ddp\n"
    return [header + rows, (header + rows).replace(b",", b";")]


def _runs(path: Path) -> None:
    from core.runs.points import Columns
    from core.runs.readers import preview, read_runs

    said = Columns(params_value=1e6)
    try:
        preview(path)
        table = read_runs([path], said)
    except InputError:
        table = read_runs([path], replace(said, tokens_per_step=500.0))
    for problem in table.problems[:20]:
        str(problem).encode()
    for name in table.run_names[:20]:
        name.encode()


def _csv_runs() -> list[bytes]:
    return [
        b"run,params,tokens,loss\na,1e6,1e8,4\na,1e6,2e8,3.5\nb,124M,2e8,3\n",
        b'name\ttokens (B)\tval_loss\n"gpt\n124M"\t1,5\t3,1\n',
        (SAMPLES / "wandb_wide.csv").read_bytes()[:1500],
    ]


def _jsonl_runs() -> list[bytes]:
    line = b'{"run": "a", "eval": {"loss": 4, "x": [1]}, "params": 1e6, "tokens": 1e8}\n'
    return [line + line.replace(b"1e8", b"2e8"), (SAMPLES / "log.jsonl").read_bytes()[:1500]]


def _states() -> list[bytes]:
    (path,) = SAMPLES.glob("*/checkpoint-*/trainer_state.json")
    return [
        path.read_bytes(),
        b'{"log_history": [{"loss": 4, "step": 1, "num_input_tokens_seen": 5}],'
        b' "total_flos": 1e15, "global_step": 1}',
    ]


def _events() -> list[bytes]:
    (path,) = SAMPLES.glob("tb-124M/events*")
    content, at = path.read_bytes(), 0
    for _ in range(12):
        at += 16 + struct.unpack_from("<Q", content, at)[0]
    return [content[:at]]


def _parquets() -> list[bytes]:
    return [(SAMPLES / "points.parquet").read_bytes()]


def _settings(path: Path) -> None:
    from gui.recent import labels
    from gui.settings import Settings

    found = Settings(str(path))
    names = [name for name, value in vars(Settings).items() if isinstance(value, property)]
    assert "recent" in names
    for name in names:
        getattr(found, name)
    labels(found.recent)


@cache
def _settings_files() -> list[bytes]:
    from PySide6.QtCore import QByteArray

    from gui.settings import Settings

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "isoloss.ini"
        found = Settings(str(path))
        found.theme, found.recent, found.pythons = "dark", ["/a/ü.isoloss", "/b"], ["/usr/bin/py"]
        found.geometry, found.open_folds = QByteArray(b"\0\1\xff,"), {"limits", "energy"}
        found.save()
        return [path.read_bytes()]


def _environments(path: Path) -> None:
    from core.calibration.pythons import candidates

    with mock.patch.dict(os.environ, {"HOME": str(path.parent.parent)}):
        candidates(environ={"PATH": ""})


def _listed() -> list[bytes]:
    return [b"/opt/conda\n/opt/b\n"]


def _given(
    file: str, read: Callable[[Path], object], seeds: Callable[[], list[bytes]], kind: str
) -> Target:
    return Target(file, read, seeds, kind, given=True, refuses=True)


TARGETS = {
    "plan": _given("p.isoloss", _plan, _plans, "json"),
    "law": _given("l.isoloss-law", _law, _laws, "json"),
    "profile": _given("p.json", _profile, _profiles, "json"),
    "result": _given("result.json", _result, _results, "json"),
    "jobs": Target("jobs.json", _jobs, _job_records, "json", refuses=True),
    "job-result": Target("a100/result.json", _of_job, _results, "json"),
    "job-lines": Target("a100/lines.jsonl", _of_job, _probe_lines, "lines"),
    "job-end": Target("a100/ended.json", _of_job, _ends, "json"),
    "autosave": Target("kept", _autosave, _autosaves, "json"),
    "lock": Target("lock", _lock, _locks, "json"),
    "gpus": Target("gpus.csv", _gpus, _gpu_tables, "table"),
    "prices": Target("prices.csv", _prices, _price_tables, "table"),
    "trainings": _given("trainings.csv", _trainings, _training_tables, "table"),
    "runs-csv": _given("runs.csv", _runs, _csv_runs, "table"),
    "runs-jsonl": _given("runs.jsonl", _runs, _jsonl_runs, "lines"),
    "runs-trainer": _given("trainer_state.json", _runs, _states, "json"),
    "runs-events": _given("events.out.tfevents.1.host", _runs, _events, "binary"),
    "runs-parquet": _given("runs.parquet", _runs, _parquets, "binary"),
    "settings": Target("isoloss.ini", _settings, _settings_files, "ini", may_move=True),
    "environments": Target(".conda/environments.txt", _environments, _listed, "table"),
}
