"""What of the probe can be told without PyTorch: how it plans, and that it stands alone."""

import ast
import importlib.util
import math
import sys
from types import SimpleNamespace

import pytest

from core.calibration import messages
from core.calibration.run import PROBE


@pytest.fixture(scope="module")
def probe():
    spec = importlib.util.spec_from_file_location("the_probe", PROBE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["the_probe"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["the_probe"]


def test_it_imports_the_standard_library_torch_and_pynvml_only():
    tree = ast.parse(PROBE.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(node.module.split(".")[0])
    assert names - set(sys.stdlib_module_names) == {"torch", "pynvml"}


def test_it_is_written_in_python_3_8():
    ast.parse(PROBE.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_its_schema_is_the_one_that_we_read(probe):
    assert probe.SCHEMA == messages.SCHEMA
    assert set(probe.STACKS) == set(messages.Stack)


@pytest.mark.parametrize("kind", ["gpu", "mps", "cpu"])
@pytest.mark.parametrize("stack", ["txl", "decoder"])
def test_the_first_shapes_of_a_design_are_spread_over_the_whole_range(probe, stack, kind):
    ranges = probe.RANGES[kind]
    shapes = probe.design(stack, 24, ranges, 150 if stack == "txl" else None)
    for ends, name in ((ranges.width, "d_model"), (ranges.layers, "n_layers")):
        places = [math.log(getattr(shape, name) / ends[0]) for shape in shapes]
        spread = math.log(ends[1] / ends[0])
        for third in range(3):
            assert sum(third <= 3 * place / spread <= third + 1 for place in places) >= 4
    assert {shape.vocab for shape in shapes} == set(ranges.vocabs)
    lengths = {150} if stack == "txl" else set(ranges.seq_lens)
    assert {shape.seq_len for shape in shapes} == lengths


def test_shapes_are_ones_that_people_train(probe):
    for kind, ranges in probe.RANGES.items():
        for stack in probe.STACKS:
            for shape in probe.design(stack, 200, ranges, None):
                assert shape.d_model % shape.n_heads == 0, kind
                assert shape.d_model // shape.n_heads in (64, 128)
                assert shape.d_ff % 64 == 0
                assert (shape.d_ff == shape.d_model) == (stack == "txl")


def test_a_shape_is_made_smaller_until_it_fits_and_keeps_its_width(probe):
    ranges = probe.RANGES["gpu"]
    for shape in probe.design("decoder", 50, ranges, None):
        small = probe.shrunk(shape, ranges, lambda s: s.flops < 1e13)
        assert small.d_model == shape.d_model
        assert small.flops < 1e13 or (small.n_layers, small.micro_batch) == (2, 1)
        assert probe.shrunk(shape, ranges, lambda s: True) == shape


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--out", "x.json", "--precision", "fp64"],
        ["--out", "x.json", "--minutes", "0"],
        ["--out", "x.json", "--minutes", "nan"],
        ["--out", "x.json", "--minutes", "0.001"],
        ["--out", "x.json", "--stack", "rnn"],
    ],
)
def test_bad_options_are_refused(probe, words, capsys):
    with pytest.raises(SystemExit):
        probe.options_of(words)
    assert "error" in capsys.readouterr().err


class FakeNvml:
    """``pynvml`` of a GPU that has no energy counter and is too hot."""

    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 1, 2, 0

    def __init__(self, throttle=0x20 | 0x4 | 0x1):
        self.throttle = throttle

    def nvmlSystemGetDriverVersion(self):
        return b"550.54.15"

    def nvmlDeviceGetClockInfo(self, handle, clock):
        return {1: 1980, 2: 2619}[clock]

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return 84

    def nvmlDeviceGetPowerUsage(self, handle):
        return 412_500

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):
        return 700_000

    def nvmlDeviceGetMaxClockInfo(self, handle, clock):
        return 1980

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle):
        return self.throttle

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        raise RuntimeError("Not Supported")


def test_nvml_is_read_in_our_units(probe):
    nvml = probe.Nvml(FakeNvml(), None)
    assert nvml.driver == "550.54.15"
    assert nvml.limits() == {"clock_max_mhz": 1980, "power_limit_w": 700}
    assert nvml.sample() == {
        **{"clock_mhz": 1980, "memory_clock_mhz": 2619, "temperature_c": 84, "power_w": 412.5},
        "throttle": ["power_cap", "software_thermal"],
    }
    assert nvml.energy_j() is None


def test_a_gpu_that_is_not_slowed_down_says_so(probe):
    assert probe.Nvml(FakeNvml(throttle=0), None).sample()["throttle"] == []


def test_no_setting_of_a_gpu_is_changed():
    text = PROBE.read_text(encoding="utf-8")
    assert "nvmlDeviceSet" not in text and "nvmlDeviceReset" not in text


class Steps:
    """A device on which each step takes the next of given seconds."""

    is_cuda = False

    def __init__(self, seconds):
        self.seconds = iter(seconds)
        self.started = 0

    def times(self, step, repeats, while_busy=tuple):
        self.started += 1
        return [next(self.seconds) for _ in range(repeats)]


def test_steps_are_repeated_only_once_they_are_steady(probe):
    device = Steps([9.0, 4.0, 2.0, 1.05, 1.0, *[1.0] * 100])
    timing = probe.timed(device, None, 3600.0, probe.Stop())
    assert timing.warmup == 5
    assert timing.median == timing.fastest == 1.0 and timing.spread == 0.0
    assert timing.repeats == probe.MOST_REPEATS


def test_a_step_that_takes_long_is_still_repeated(probe):
    timing = probe.timed(Steps([3.0, 2.0, 1.0, 4.0, 2.0, 2.0, 2.0]), None, 0.0, probe.Stop())
    assert timing.repeats == probe.FEWEST_REPEATS
    assert timing.median == 2.0 and timing.spread > 0


def test_a_point_that_takes_several_times_its_time_is_given_up(probe, monkeypatch):
    monkeypatch.setattr(probe, "PATIENCE_S", 0.0)
    device = Steps([1.0] * 10)
    with pytest.raises(probe.SlowError):
        probe.timed(device, None, 0.0, probe.Stop())
    assert device.started < 5


def test_such_a_point_is_skipped_for_its_time(session, probe):
    one, sent = session()

    def give_up():
        raise probe.SlowError("3 s a step")

    assert one.attempt("step", give_up) is None
    assert sent[0][1]["reason"] == "time"


def test_a_request_to_stop_ends_it_between_steps(probe):
    stop = probe.Stop()
    device = Steps([1.0] * 10)
    stop.ask("SIGTERM")
    with pytest.raises(probe.StoppedError, match="SIGTERM"):
        probe.timed(device, None, 3600.0, stop)
    assert device.started == 0


@pytest.fixture
def session(probe):
    def make(**device):
        sent = []
        report = SimpleNamespace(send=lambda type_, **values: sent.append((type_, values)))
        options = SimpleNamespace(minutes=2, compile=False, stack="both", precision=["bf16"])
        free = {"free_memory": lambda: 10e9, "clean": lambda: None, "nvml": None}
        gpu = SimpleNamespace(**{**free, "is_cuda": True, "range": probe.RANGES["gpu"], **device})
        return probe.Session(gpu, options, report, probe.Stop()), sent

    return make


def test_a_plan_holds_shapes_that_memory_and_time_hold(session, probe):
    one, sent = session(free_memory=lambda: 8e9)
    one.flop_per_s, one.bytes_per_s = {"bf16": 50e12}, 500e9
    grid = one.plan(keep=0.1)
    assert len(grid) >= probe.FEWEST_POINTS
    assert all(shape.memory < 8e9 for _, shape in grid)
    assert sum(one.expected(shape, "bf16") for _, shape in grid) * 8 < 120
    ((type_, plan),) = sent
    assert type_ == "plan" and plan["points"] == len(grid) == len(plan["grid"])


def test_more_time_gives_more_points(session):
    one, _ = session()
    one.flop_per_s = {"bf16": 400e12}
    quick = len(one.plan(0.0))
    one.seconds = 600
    assert len(one.plan(0.0)) > 2 * quick


def test_out_of_memory_ends_one_point_and_says_so(session):
    one, sent = session()

    def fail():
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")

    assert one.attempt("step", fail, n_layers=3) is None
    assert one.attempt("step", lambda: 7) == 7
    ((type_, values),) = sent
    assert type_ == "skipped" and values["reason"] == "out_of_memory" and values["n_layers"] == 3


def test_the_largest_batch_is_found_by_doubling_and_halving(session, probe):
    one, sent = session()
    tried = []

    def fills(shape, precision):
        tried.append(shape.micro_batch)
        return 10**9 * shape.micro_batch if shape.micro_batch <= 37 else None

    one.fills = fills
    shape = probe.Shape("decoder", 2, 256, 4, 704, 8192, 512, 5)
    one.best = {"bf16": (1e12, shape)}
    one.largest_batch()
    ((type_, values),) = sent
    assert type_ == "measurement" and values["kind"] == "largest_batch"
    assert values["micro_batch"] <= 37 < values["fails_at"]
    assert values["fails_at"] - values["micro_batch"] <= values["micro_batch"] // 8
    assert values["peak_memory_bytes"] == 10**9 * values["micro_batch"]
    assert tried[:7] == [1, 2, 4, 8, 16, 32, 64]


class Clock:
    """Time that goes on by as much as steps take."""

    def __init__(self, monkeypatch, probe):
        self.now = 100.0
        monkeypatch.setattr(probe.time, "perf_counter", lambda: self.now)

    def times(self, step, repeats, while_busy=tuple):
        self.now += 0.1 * (repeats + 1)
        while_busy()


class Volta(FakeNvml):
    """A GPU with an energy counter: 250 W."""

    def __init__(self, clock):
        super().__init__(throttle=0)
        self.clock = clock

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        return 250 * 1000 * self.clock.now


class Stuck(FakeNvml):
    """A GPU whose counter stands still."""

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        return 5_000_000


class Pascal(FakeNvml):
    """A GPU without a counter, whose averages have yet to forget that it was idle."""

    readings = 0

    def nvmlDeviceGetPowerUsage(self, handle):
        self.readings += 1
        return 60_000 if self.readings <= 2 else 190_000


class Silent(FakeNvml):
    """A GPU that says nothing of its power."""

    def nvmlDeviceGetPowerUsage(self, handle):
        raise RuntimeError("Not Supported")


@pytest.fixture
def power_of(session, probe, monkeypatch):
    """What is said of a GPU's power, and over how many seconds it was watched."""
    monkeypatch.setattr(probe, "Trainer", lambda *words: SimpleNamespace(step=None))

    def said(make):
        clock = Clock(monkeypatch, probe)
        one, sent = session(nvml=probe.Nvml(make(clock), None), times=clock.times)
        one.best = {"bf16": (1e12, probe.Shape("decoder", 2, 256, 4, 704, 8192, 512, 5))}
        one.power()
        ((type_, values),) = sent
        return type_, values

    return said


def test_power_is_the_counters_difference_over_more_than_ten_seconds(power_of):
    type_, values = power_of(Volta)
    assert (type_, values["kind"], values["method"]) == ("measurement", "power", "counter")
    assert values["power_w"] == pytest.approx(250)
    assert values["seconds"] >= 10


def test_before_volta_power_is_sampled_once_idle_is_forgotten(power_of):
    type_, values = power_of(lambda clock: Pascal())
    assert (type_, values["method"]) == ("measurement", "sampled")
    assert values["power_w"] == pytest.approx(190)
    assert values["seconds"] >= 10


def test_a_counter_that_stands_still_is_not_believed(power_of):
    _, values = power_of(lambda clock: Stuck())
    assert values["method"] == "sampled" and values["power_w"] == pytest.approx(412.5)


def test_a_gpu_that_does_not_say_its_power_is_skipped(power_of):
    type_, values = power_of(lambda clock: Silent())
    assert (type_, values["reason"]) == ("skipped", "unsupported")


@pytest.fixture
def torch_with(probe, monkeypatch):
    """A torch that sees one GPU, of which NVML knows another by the same number."""

    def have(uuid, name="Tesla V100", capability=(7, 0), hip=None):
        found = SimpleNamespace(
            **{"total_memory": 16 * 2**30, "major": capability[0], "minor": capability[1]},
            **{"multi_processor_count": 80, **({"uuid": uuid} if uuid else {})},
        )
        cuda = SimpleNamespace(
            device_count=lambda: 1,
            get_device_name=lambda index: name,
            get_device_properties=lambda index: found,
            get_device_capability=lambda index: capability,
        )
        fake = SimpleNamespace(
            cuda=cuda,
            version=SimpleNamespace(cuda=None if hip else "12.4", hip=hip),
            device=lambda text: SimpleNamespace(type=text.partition(":")[0], index=0),
        )
        monkeypatch.setattr(probe, "torch", fake)
        library = FakeNvml()
        library.nvmlInit = lambda: None
        library.nvmlDeviceGetHandleByUUID = {b"GPU-a": "by uuid"}.__getitem__
        library.nvmlDeviceGetHandleByIndex = "by index {}".format
        library.nvmlDeviceGetName = lambda handle: b"Tesla V100"
        monkeypatch.setitem(sys.modules, "pynvml", library)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return probe.Nvml.open(0)

    return have


def test_nvml_takes_the_gpu_that_torch_means(torch_with):
    assert torch_with("a")._handle == "by uuid"
    assert torch_with("another") is None
    assert torch_with(None)._handle == "by index 0"
    assert torch_with(None, name="TITAN V") is None  # they count in another order


def test_nvml_is_left_alone_where_numbers_mean_something_else(torch_with, probe, monkeypatch):
    torch_with(None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert probe.Nvml.open(0) is None


@pytest.mark.parametrize(
    ("about", "kind", "precisions"),
    [
        ({"capability": (9, 0)}, "cuda", ["bf16", "fp16", "tf32", "fp32"]),
        ({"capability": (7, 0)}, "cuda", ["fp16", "fp32"]),
        ({"hip": "6.2"}, "rocm", ["bf16", "fp16", "fp32"]),
    ],
)
def test_precisions_are_those_of_the_gpu(torch_with, probe, about, kind, precisions):
    torch_with("a", **about)
    device = probe.Device("cuda:0")
    assert (device.kind, device.precisions()) == (kind, precisions)


def test_a_gpu_is_timed_by_its_own_events_after_a_step_that_leads_in(torch_with, probe):
    torch_with("a")
    log, now = [], [0.0]

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            log.append("mark")
            self.at = now[0]

        def elapsed_time(self, later):
            return later.at - self.at  # milliseconds

    def step():
        log.append("step")
        now[0] += 20.0

    probe.torch.cuda.Event = Event
    probe.torch.cuda.synchronize = lambda device: log.append("wait")
    device = probe.Device("cuda:0")
    assert device.times(step, 3, lambda: log.append("look")) == pytest.approx([0.02] * 3)
    assert log == ["step", "mark", *["step", "mark"] * 3, "look", "wait"]


def test_what_a_compiler_raises_ends_one_point(session):
    one, sent = session()

    def fail():
        raise KeyError("no triton")

    assert one.attempt("step", fail) is None
    assert sent[0][1]["reason"] == "error" and "no triton" in sent[0][1]["detail"]


def test_shapes_that_all_processes_train_fit_and_were_measured_alone(session, probe):
    one, _ = session(free_memory=lambda: 6e9)
    for precision in ("bf16", "fp32"):
        for stack in probe.STACKS:
            shapes = probe.design(stack, 30, probe.RANGES["gpu"], None)
            one.measured += [(precision, shape) for shape in shapes if shape.memory < 6e9]
    chosen = one.shared()
    assert set(chosen) <= set(one.measured) and 4 < len(chosen) <= 8
    assert all(shape.memory + 8 * shape.weights < 6e9 for _, shape in chosen)
    assert {(precision, shape.stack) for precision, shape in chosen} == {
        (precision, stack) for precision in ("bf16", "fp32") for stack in probe.STACKS
    }
