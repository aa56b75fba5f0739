"""The probe for real, on the CPU, in a Python with PyTorch: short runs, and what can go wrong."""

import json
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import core
from core.calibration.child import clean_environment
from core.calibration.messages import (
    BandwidthMeasurement,
    CollectiveMeasurement,
    MatmulMeasurement,
    Parallel,
    PlanInfo,
    Progress,
    Stack,
    StepMeasurement,
)
from core.calibration.result import Status, read_calibration
from core.calibration.run import PROBE, CalibrationRequest, calibrate
from core.calibration.together import shared_messages
from core.families.transformer_xl import non_embedding_params

ROOT = Path(core.__file__).parents[1]
QUICK = 0.02  # minutes

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("one_thread")]


def is_running(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def torchrun(python):
    return [str(python), "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


@pytest.fixture
def by_hand(torch_python, tmp_path):
    """The probe as a person starts it, from a copy, in a folder of its own."""
    copy = tmp_path / "a copied probe.py"
    copy.write_bytes(PROBE.read_bytes())

    def command(*words):
        return [str(torch_python), str(copy), "--device", "cpu", *words]

    return command


@pytest.fixture(scope="module")
def measured(torch_python, tmp_path_factory):
    """One run through everything, both stacks and two precisions: outcome, lines and file."""
    folder = tmp_path_factory.mktemp("run Ünï 'q'")
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        request = CalibrationRequest(
            torch_python, device="cpu", precisions=("fp32", "bf16", "tf32"), minutes=0.2
        )
        outcome = calibrate(request, lines.append, out=folder / "result.json", folder=folder)
    return outcome, lines, folder / "result.json"


def test_a_run_comes_to_its_end_and_is_saved(measured):
    outcome, _, path = measured
    assert outcome.message is None, outcome
    assert outcome.garbage == 0 and outcome.saved
    assert outcome.calibration.status is Status.COMPLETE
    assert read_calibration(path) == outcome.calibration


def test_shapes_of_both_stacks_are_measured_in_every_precision_that_there_is(measured):
    steps = measured[0].calibration.steps
    assert {(step.stack, step.precision) for step in steps} == {
        (stack, precision) for stack in Stack for precision in ("fp32", "bf16")
    }
    assert len({(step.n_layers, step.d_model) for step in steps}) >= 8
    for step in steps:
        assert step.tokens_per_s == pytest.approx(step.tokens / step.step_time_s)
        assert step.repeats >= 3 and step.warmup >= 1
        assert step.peak_memory_bytes > 10**7


def test_a_precision_that_the_device_has_not_is_skipped_and_named(measured):
    (skipped,) = [one for one in measured[0].calibration.skipped if one.precision == "tf32"]
    assert skipped.reason == "unsupported"


def test_parameters_are_those_of_the_families(measured):
    for step in measured[0].calibration.steps:
        n, d, ff = step.n_layers, step.d_model, step.d_ff
        if step.stack is Stack.TXL:
            # the family counts three cluster vectors of the adaptive softmax, too
            assert step.params_non_embedding == non_embedding_params(n, d, ff) - (3 * d + 3)
            assert step.d_ff == step.d_model and step.seq_len == 150
        else:
            assert step.params_non_embedding == n * (4 * d * d + 3 * d * ff + 2 * d) + d
        assert step.params == step.params_non_embedding + 2 * step.vocab * d


def test_matrix_products_and_memory_are_measured_too(measured):
    found = measured[0].calibration.measurements
    matmuls = [one for one in found if isinstance(one, MatmulMeasurement)]
    assert {one.precision for one in matmuls} == {"fp32", "bf16"}
    assert all(1e8 < one.flop_per_s < 1e13 for one in matmuls)
    (bandwidth,) = [one for one in found if isinstance(one, BandwidthMeasurement)]
    assert 1e8 < bandwidth.bytes_per_s < 1e12


def test_progress_goes_on_and_the_time_left_goes_down(measured):
    _, lines, _ = measured
    plan = next(line for line in lines if isinstance(line, PlanInfo))
    progress = [line for line in lines if isinstance(line, Progress)]
    assert [line.done for line in progress] == sorted(line.done for line in progress)
    assert plan.points >= 24 and progress[-1].points == plan.points
    left = [line.seconds_left for line in progress]
    assert left == sorted(left, reverse=True) and left[0] <= plan.seconds
    assert all("tokens" in line.doing for line in progress)


def test_by_hand_it_prints_words_and_writes_the_file_that_we_read(by_hand, tmp_path):
    out = tmp_path / "mein Ergebnis.json"
    done = subprocess.run(
        by_hand("--out", str(out), "--minutes", str(QUICK), "--stack", "txl"),
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tokens_per_s" in done.stdout and "{" not in done.stdout
    found = read_calibration(out)
    assert found.status is Status.COMPLETE
    assert {step.stack for step in found.steps} == {Stack.TXL}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".probe")] == []


def test_a_signal_stops_it_cleanly_and_what_was_measured_is_kept(by_hand, tmp_path):
    out = tmp_path / "result.json"
    command = by_hand("--json-lines", "--out", str(out), "--minutes", "0.5")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=clean_environment(), **pipes) as probe:
        for line in probe.stdout:
            if json.loads(line).get("kind") == "step":
                probe.send_signal(signal.SIGTERM)
                break
        last = [json.loads(line) for line in probe.stdout][-1]
    assert probe.returncode == 0
    assert (last["type"], last["status"]) == ("done", "stopped")
    assert last["reason"] == "SIGTERM"
    found = read_calibration(out)
    assert found.status is Status.STOPPED and len(found.steps) >= 1


def test_a_full_disk_is_told_and_the_lines_still_come(by_hand):
    done = subprocess.run(
        by_hand("--json-lines", "--out", "/dev/full", "--minutes", str(QUICK)),
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(line.get("kind") == "step" for line in lines) >= 1
    assert "No space left" in lines[-1]["detail"]
    assert done.returncode == 1


def test_the_measurement_ends_when_the_app_is_killed(torch_python, tmp_path):
    source = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
import core.calibration.run as run
class Told(run.Child):
    def __init__(self, *words):
        super().__init__(*words)
        print(self.pid, flush=True)
run.Child = Told
request = run.CalibrationRequest(Path({str(torch_python)!r}), device="cpu", minutes=0.5)
show = lambda line: print(type(line).__name__, flush=True)
run.calibrate(request, show, folder=Path({str(tmp_path)!r}))
"""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", source], **pipes) as app:
        probe = int(app.stdout.readline())
        for line in app.stdout:
            if line.strip() == "StepMeasurement":
                break
        assert is_running(probe)
        app.kill()
        app.wait()
    until = time.monotonic() + 60
    while is_running(probe) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(probe)


def test_cancelling_keeps_the_points(torch_python, tmp_path):
    steps = []

    def on_line(line):
        if isinstance(line, StepMeasurement):
            steps.append(line)

    request = CalibrationRequest(torch_python, device="cpu", minutes=0.5)
    outcome = calibrate(request, on_line, lambda: bool(steps), folder=tmp_path)
    assert outcome.message.code == "cancelled"
    assert outcome.calibration.steps == tuple(steps)
    assert outcome.calibration.reason == "cancelled"


LOOKS_AHEAD = """
def says(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
torch = probe.torch
rows = torch.arange(16.0).view(1, 1, 4, 4)
says([rows[0, 0, i, j + 3 - i].item() == probe.shifted(rows)[0, 0, i, j].item()
      for i in range(4) for j in range(i + 1)])
for stack, build in (("txl", probe.TransformerXl), ("decoder", probe.Decoder)):
    shape = probe.Shape(stack, 2, 64, 1, 64, 50, 12, 1)
    torch.manual_seed(0)
    model, seen = build(shape), []
    model.head.register_forward_hook(lambda module, given, out: seen.append(out.detach()))
    tokens = torch.randint(50, (1, 12))
    other = tokens.clone()
    other[0, 8] = (other[0, 8] + 1) % 50
    for words in (tokens, other):
        model(words, tokens)
    same = (seen[0] - seen[1]).abs().amax(-1)[0] < 1e-5
    says(stack, same.tolist() == [n < 8 for n in range(12)])
sys.exit(0)
"""


def test_no_stack_looks_ahead_and_positions_are_by_distance(torch_python, changed_probe):
    done = subprocess.run(
        [torch_python, changed_probe(LOOKS_AHEAD)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [str([True] * 10), "txl True", "decoder True"], done.stderr


WRAPPED = """
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location("probe", {probe!r})
    probe = importlib.util.module_from_spec(spec)
    sys.modules["probe"] = probe
    spec.loader.exec_module(probe)
    {change}
    sys.exit(probe.main())
"""


@pytest.fixture
def changed_probe(tmp_path):
    """The probe with something in it that fails as a device would."""

    def write(change):
        path = tmp_path / "changed.py"
        source = textwrap.dedent(WRAPPED).format(probe=str(PROBE), change=textwrap.dedent(change))
        path.write_text(source, encoding="utf-8")
        return path

    return write


def test_out_of_memory_on_the_first_point_ends_that_point_only(
    torch_python, changed_probe, tmp_path
):
    fails_once = """
step, tried = probe.Trainer.step, []
def fail_once(self):
    tried.append(self)
    if len(tried) == 1:
        raise probe.torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
    step(self)
probe.Trainer.step = fail_once
"""
    request = CalibrationRequest(torch_python, device="cpu", minutes=0.08, stack="decoder")
    outcome = calibrate(request, folder=tmp_path, probe=changed_probe(fails_once))
    assert outcome.message is None
    (full,) = [one for one in outcome.calibration.skipped if one.reason == "out_of_memory"]
    assert full.kind == "step" and full.n_layers and full.precision == "fp32"
    assert len(outcome.calibration.steps) >= 1


def test_memory_that_the_host_has_not_is_out_of_memory_too(torch_python, changed_probe, tmp_path):
    asks_for_too_much = """
def ask(self):
    probe.torch.empty(1 << 55, dtype=probe.torch.uint8)
probe.Trainer.step = ask
"""
    request = CalibrationRequest(torch_python, device="cpu", minutes=0.03, stack="decoder")
    outcome = calibrate(request, folder=tmp_path, probe=changed_probe(asks_for_too_much))
    assert outcome.message.code == "nothing_fits"
    reasons = {one.reason for one in outcome.calibration.skipped if one.kind == "step"}
    assert "out_of_memory" in reasons and "error" not in reasons


def test_libraries_that_print_do_not_disturb_the_lines(torch_python, changed_probe, tmp_path):
    prints = """
step = probe.Trainer.step
def loud(self):
    print("NCCL version 2.21", flush=True)
    step(self)
probe.Trainer.step = loud
"""
    request = CalibrationRequest(torch_python, device="cpu", minutes=QUICK, stack="txl")
    outcome = calibrate(request, folder=tmp_path, probe=changed_probe(prints))
    assert outcome.message is None and outcome.garbage == 0
    assert "NCCL version" in outcome.stderr_tail


@pytest.mark.parametrize(
    ("device", "code"), [("cuda:0", "cpu_only_torch"), ("mps", "no_device"), ("tea", "no_device")]
)
def test_a_device_that_this_pytorch_has_not_is_named(torch_python, tmp_path, device, code):
    outcome = calibrate(CalibrationRequest(torch_python, device=device), folder=tmp_path)
    assert outcome.message.code == code
    assert outcome.calibration is None


def test_a_precision_that_the_device_has_not_is_named(torch_python, tmp_path):
    request = CalibrationRequest(torch_python, device="cpu", precisions=("tf32",))
    outcome = calibrate(request, folder=tmp_path)
    assert outcome.message.code == "no_precision"
    assert "fp32" in str(outcome.message)


def test_two_processes_measure_their_link_and_steps_together(torch_python, tmp_path):
    request = CalibrationRequest(
        torch_python, device="cpu", minutes=QUICK, stack="decoder", processes=2
    )
    outcome = calibrate(request, folder=tmp_path)
    assert outcome.message is None, outcome
    found = outcome.calibration.measurements
    links = [one for one in found if isinstance(one, CollectiveMeasurement)]
    assert {one.operation for one in links} == {"all_reduce", "all_gather"}
    assert all(one.processes == 2 and one.backend == "gloo" for one in links)
    reduced = next(one for one in links if one.operation == "all_reduce")
    assert reduced.bus_bytes_per_s == pytest.approx(reduced.bytes_per_s)
    together = [one for one in found if isinstance(one, StepMeasurement) and one.processes == 2]
    assert together
    for step in together:
        assert step.tokens_per_s == pytest.approx(2 * step.tokens / step.step_time_s)
    shapes = {way: set() for way in Parallel}
    for step in together:
        shapes[step.parallel].add((step.stack, step.n_layers, step.d_model, step.precision))
    assert shapes[Parallel.DDP] == shapes[Parallel.FSDP] != set()
    assert outcome.calibration.shared_steps == tuple(together)
    assert all(step.processes == 1 for step in outcome.calibration.steps)
    assert all(step.parallel is None for step in outcome.calibration.steps)
    assert outcome.calibration.device.processes == 2
    codes = [message.code for message in shared_messages(outcome.calibration)]
    assert codes == ["link_speed", "link_speed", "together", "together"]


SHARES = """
import os
torch, dist = probe.torch, probe.torch.distributed
dist.init_process_group("gloo")
device, rank = probe.Device("cpu"), dist.get_rank()
shape = probe.Shape("decoder", 2, 64, 1, 192, 64, 16, 2)
for stack, precision in (("decoder", "fp32"), ("txl", "fp32"), ("decoder", "bf16")):
    shape = shape._replace(stack=stack, d_ff=64 if stack == "txl" else 192)
    losses = {}
    for parallel in ("ddp", "fsdp"):
        torch.manual_seed(0)
        trainer = probe.Trainer(device, shape, precision, False, parallel)
        torch.manual_seed(1 + rank)
        trainer.tokens, trainer.targets = torch.randint(64, (2, 2, 16))
        for _ in range(3):
            trainer.step()
        with torch.no_grad(), trainer.autocast():
            losses[parallel] = trainer.model(trainer.tokens, trainer.targets).item()
    weights = trainer.optimizer.param_groups[0]["params"]
    held = sum(weight.to_local().numel() for weight in weights)
    total = sum(weight.numel() for weight in weights)
    if rank == 0:
        near = abs(losses["ddp"] / losses["fsdp"] - 1) < (1e-5 if precision == "fp32" else 1e-2)
        print(stack, precision, near, held < 0.6 * total, total == trainer.params, flush=True)
dist.destroy_process_group()
os._exit(0)
"""


def test_a_sharded_step_trains_as_a_data_parallel_one_and_holds_half_of_it(
    torch_python, changed_probe
):
    done = subprocess.run(
        [*torchrun(torch_python), changed_probe(SHARES)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "decoder fp32 True True True",
        "txl fp32 True True True",
        "decoder bf16 True True True",
    ], done.stderr[-2000:]


def test_a_pytorch_that_cannot_shard_skips_that_and_measures_the_rest(
    torch_python, changed_probe, tmp_path
):
    cannot = """
def fail(*words):
    raise TypeError("Stream() takes no arguments")
probe.sharded = fail
"""
    request = CalibrationRequest(
        torch_python, device="cpu", minutes=QUICK, stack="decoder", processes=2
    )
    outcome = calibrate(request, folder=tmp_path, probe=changed_probe(cannot))
    assert outcome.message is None
    skipped = [one for one in outcome.calibration.skipped if one.parallel]
    assert {(one.parallel, one.reason) for one in skipped} == {(Parallel.FSDP, "error")}
    assert {step.parallel for step in outcome.calibration.shared_steps} == {Parallel.DDP}


@pytest.mark.parametrize("when", ["alone", "together"])
def test_a_signal_stops_all_processes_and_keeps_the_points(
    torch_python, changed_probe, tmp_path, when
):
    # in the second case as many shapes as the first process has measured follow each other
    body = "probe.Session.shared = lambda self: [self.measured[0]] * 16"
    script = changed_probe(body)
    minutes = "0.5" if when == "alone" else str(QUICK)
    command = [*torchrun(torch_python), str(script), "--device", "cpu", "--json-lines"]
    command += ["--out", str(tmp_path / "r.json"), "--minutes", minutes, "--stack", "decoder"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=clean_environment(), **pipes) as probe:
        for line in probe.stdout:
            entry = json.loads(line)
            is_step = entry["type"] == "measurement" and entry["kind"] == "step"
            if is_step and entry["processes"] == (1 if when == "alone" else 2):
                probe.send_signal(signal.SIGTERM)
                break
        said = [json.loads(line) for line in probe.stdout]
    assert (said[-1]["type"], said[-1]["status"]) == ("done", "stopped")
    found = read_calibration(tmp_path / "r.json")
    assert found.status is Status.STOPPED and found.steps
    assert bool(found.shared_steps) == (when == "together")
    assert len(found.shared_steps) < 32
