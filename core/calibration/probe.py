"""Measure how fast this device trains transformers.

    python probe.py --out result.json [--device cuda:0] [--precision bf16,fp32] [--minutes 2]
                    [--stack txl|decoder|both] [--compile] [--json-lines]
    torchrun --nproc-per-node 8 probe.py --out result.json      also links, DDP and FSDP steps

One file on purpose, longer than others and without our packages, so that it can be copied to any
machine: standard library and torch >= 2.1 only, Python >= 3.8. It times whole training steps
(forward, backward, AdamW) of two stacks over shapes spread along width, depth, batch, sequence
length and vocabulary, as many as fit into the time and the memory. No setting of the device is
changed.

Lines (``--json-lines``; JSON, one object each, seconds, bytes and FLOP/s throughout):

    device       schema, date, device, kind, name, memory_bytes, torch, driver, precisions...
    plan         points, seconds, grid: the shapes to come; a slow one may come out smaller
    measurement  kind: step, matmul, bandwidth, largest_batch, power, collective
    skipped      kind, reason (out_of_memory, time, unsupported, error), detail, shape if any
    progress     done, points, seconds_left, doing: sent before a point starts
    done         status (complete, stopped, failed), reason, measured, skipped, elapsed_s

A ``step`` has stack, n_layers, d_model, n_heads, d_ff, vocab, seq_len, micro_batch, precision,
compile, processes, parallel (ddp or fsdp, where there are several), step_time_s (median),
step_time_spread (standard deviation as the median absolute deviation gives it), repeats, warmup,
tokens_per_s (of all processes), params, params_non_embedding, peak_memory_bytes, and of NVML,
where ``pynvml`` is installed, clock_mhz, memory_clock_mhz, temperature_c, power_w and throttle.
The saved document holds the same objects.

The stacks: ``txl`` is Transformer-XL's layer (Dai et al. 2019, arXiv 1901.02860) with relative
positions, one segment of 150 tokens (152 in half precision, for tensor cores), no memory,
d_ff = d_model; ``decoder`` has causal SDPA attention, rotary positions, RMSNorm and SwiGLU of
8/3 d_model (Touvron et al. 2023, arXiv 2302.13971). Both have an embedding, a head of its own
and cross-entropy; no dropout. bf16 and fp16 are autocast over fp32 weights.
"""

# mypy: allow-subclassing-any, allow-untyped-calls
# ruff: noqa: ANN401 - torch is not there when this file is checked

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import math
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple  # noqa: UP035 - Python 3.8

_HERE = Path(__file__).resolve().parent
if __name__ == "__main__" and sys.path and Path(sys.path[0]).resolve() == _HERE:
    del sys.path[0]  # what lies beside this file must not hide modules of the same name

torch: Any = None
nn: Any = None
TORCH_PROBLEM = ("", "")  # code, what Python said
try:
    import torch  # type: ignore[import-not-found,no-redef]
    from torch import nn  # type: ignore[no-redef]
except ModuleNotFoundError as missing:
    TORCH_PROBLEM = ("torch_missing" if missing.name == "torch" else "torch_broken", str(missing))
except Exception as broken:  # a library that does not load, a driver too old...
    TORCH_PROBLEM = ("torch_broken", f"{type(broken).__name__}: {broken}")

Module: Any = nn.Module if nn else object
Tensor = Any
Step = Callable[[], object]

SCHEMA = 1
OLDEST_TORCH = (2, 1)
PRECISIONS = ("bf16", "fp32", "tf32", "fp16")
STACKS = ("txl", "decoder")
PARALLEL = ("ddp", "fsdp")
FEWEST_POINTS, MOST_POINTS, FEWEST_OF_A_KIND = 24, 160, 8
FEWEST_REPEATS, MOST_REPEATS, FEWEST_WARMUP, MOST_WARMUP = 3, 60, 2, 10
STEADY = 0.1  # two warm-up steps closer than this are steady
STEPS_OF_A_POINT = 8  # what a point's time must hold: warm-up, repeats, building the model
POWER_WINDOW_S = 12.0  # NVML's counter and averages need more than 10 s
PATIENCE, PATIENCE_S = 3, 2.0  # a point may take so many times its share, or so long
COMPILING_S = 20.0  # a point with torch.compile, at the least
ENDS_AFTER_S = 5.0  # between an end that was asked for and one that is made
OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate",
    "not enough memory",
    "bad_alloc",
    "ALLOC_FAILED",
)
THROTTLE = {  # NVML's clock event reasons
    0x4: "power_cap",
    0x8: "hardware_slowdown",
    0x20: "software_thermal",
    0x40: "hardware_thermal",
    0x80: "power_brake",
}


class Shape(NamedTuple):
    """A model and its micro-batch."""

    stack: str
    n_layers: int
    d_model: int
    n_heads: int
    d_ff: int
    vocab: int
    seq_len: int
    micro_batch: int

    @property
    def tokens(self) -> int:
        """Tokens of a step."""
        return self.seq_len * self.micro_batch

    @property
    def layer_params(self) -> int:
        """Matrices of a layer; Transformer-XL has a fifth, of the positions."""
        square, mlp = self.d_model**2, self.d_model * self.d_ff
        return 5 * square + 2 * mlp if self.stack == "txl" else 4 * square + 3 * mlp

    @property
    def weights(self) -> int:
        """Parameters, but for vectors."""
        return self.n_layers * self.layer_params + 2 * self.d_model * self.vocab

    @property
    def flops(self) -> float:
        """FLOP of a step, forward and backward, full attention; for planning only."""
        scores = self.n_layers * self.d_model * self.seq_len
        per_token = self.n_layers * self.layer_params + self.d_model * self.vocab
        return 6.0 * self.tokens * (per_token + 2 * scores)

    @property
    def memory(self) -> float:
        """Bytes that training takes, roughly; for planning only."""
        hidden = self.n_layers * self.tokens * (20 * self.d_model + 6 * self.d_ff)
        scores = self.n_layers * self.tokens * self.n_heads * self.seq_len
        scores = 6 * scores if self.stack == "txl" else 0
        return 18.0 * self.weights + 4.0 * (hidden + scores + 5 * self.tokens * self.vocab)

    def seconds(self, flop_per_s: float, bytes_per_s: float, op_s: float) -> float:
        """Seconds of a step, roughly; for planning only."""
        hidden = 240.0 * self.n_layers * self.tokens * self.d_model
        moved = 40.0 * self.weights + hidden + 20.0 * self.tokens * self.vocab
        work = self.flops / (0.6 * flop_per_s) + moved / bytes_per_s
        return work + 100 * (self.n_layers + 1) * op_s

    def __str__(self) -> str:
        size = f"{self.n_layers}x{self.d_model}, {self.micro_batch}x{self.seq_len} tokens"
        return f"{self.stack} {size}, vocabulary {self.vocab}"


class Range(NamedTuple):
    """What shapes are spread over on one kind of device."""

    width: tuple[int, int]
    width_step: int
    layers: tuple[int, int]
    tokens: tuple[int, int]
    seq_lens: tuple[int, ...]
    vocabs: tuple[int, ...]
    op_s: float  # what starting an operation costs, roughly


_LONG = (512, 1024, 2048, 4096, 8192)
RANGES = {
    "gpu": Range((256, 8192), 128, (2, 32), (1024, 65536), _LONG, (8192, 32768, 131072), 8e-6),
    "mps": Range((128, 2048), 64, (2, 16), (256, 8192), (128, 256, 512), (2048, 8192), 2e-5),
    "cpu": Range((128, 640), 64, (1, 8), (128, 2048), (64, 128, 256, 512), (512, 2048, 8192), 1e-5),
}


class StoppedError(Exception):
    """Somebody asked for the end in the middle of a point."""


class SlowError(RuntimeError):
    """A point takes several times as long as it may: something else uses the device."""


class Stop:
    """Whether somebody asked for the end: a signal, a closed standard input, a closed output."""

    reason = ""

    def ask(self, reason: str) -> None:
        """Ask for it; the first reason counts."""
        self.reason = self.reason or reason

    def check(self) -> None:
        """Raise `StoppedError` if somebody asked."""
        if self.reason:
            raise StoppedError(self.reason)

    def listen(self) -> None:
        """Take signals as a request; a second one ends at once."""

        def on_signal(number: int, _frame: object) -> None:
            if self.reason:
                os._exit(128 + number)
            self.ask(signal.Signals(number).name)

        for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), on_signal)

    def watch_stdin(self) -> None:
        """Take the end of standard input as a request: who started us stopped us, or is gone."""

        def watch() -> None:
            with contextlib.suppress(OSError):
                while os.read(0, 4096):
                    pass
            self.ask("stdin closed")
            time.sleep(ENDS_AFTER_S)
            if hasattr(os, "getpgrp") and os.getpgrp() == os.getpid():
                os.killpg(0, signal.SIGKILL)  # a compiler's workers, too
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


class Report:
    """Lines as it goes, and the document with all of it."""

    def __init__(self, stream: Any, as_json: bool, out: Path | None, stop: Stop) -> None:
        self._stream, self._as_json, self._out, self._stop = stream, as_json, out, stop
        self._began = time.monotonic()
        self._problem = ""  # why the document could not be saved
        self.document: dict[str, Any] = {
            **{"format": "isoloss-calibration", "schema": SCHEMA, "status": "running"},
            **{"reason": "", "elapsed_s": 0.0, "device": {}, "plan": {}},
            **{"measurements": [], "skipped": []},
        }

    def send(self, type_: str, **values: Any) -> None:
        """One line; device, plan, measurements and skipped ones are kept for the document."""
        if type_ in ("device", "plan"):
            self.document[type_] = values
        elif type_ in ("measurement", "skipped"):
            self.document["skipped" if type_ == "skipped" else "measurements"].append(values)
            self._save()
        entry = {"type": type_, **values}
        text = json.dumps(entry, allow_nan=False) if self._as_json else in_words(entry)
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stop.ask("nobody reads the output")

    def finish(self, status: str, reason: str = "", detail: str = "") -> int:
        """The last line, the document, and the exit status."""
        elapsed = round(time.monotonic() - self._began, 3)
        self.document.update(status=status, reason=reason, elapsed_s=elapsed)
        if self.document["device"]:
            self._save()
        counts = {"measured": len(self.document["measurements"])}
        counts["skipped"] = len(self.document["skipped"])
        about = {"status": status, "reason": reason, "detail": detail or self._problem}
        self.send("done", **about, **counts, elapsed_s=elapsed)
        return 1 if status == "failed" or self._problem else 0

    def _save(self) -> None:
        """Write the document whole or not at all; what cannot be written does not end the run."""
        if self._out is None:
            return
        content = json.dumps(self.document, allow_nan=False, indent=1).encode()
        self._problem = ""
        try:
            if self._out.exists() and not self._out.is_file():
                self._out.write_bytes(content)  # a device or a pipe
                return
            handle, name = tempfile.mkstemp(prefix=".probe-", dir=str(self._out.resolve().parent))
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).replace(self._out)
            except OSError:
                Path(name).unlink()
                raise
        except OSError as error:
            self._problem = f"{self._out}: {error.strerror or error}"


def in_words(entry: dict[str, Any]) -> str:
    """A line for people."""
    kind = entry["type"]
    if kind == "progress":
        place = f"{entry['done'] + 1}/{entry['points']}, {entry['seconds_left']:.0f} s left"
        return f"[{place}] {entry['doing']}"
    if kind == "done":
        why = f"{entry['reason']} {entry['detail']}".strip()
        return f"{entry['status']}: {entry['measured']} measured, {entry['skipped']} skipped. {why}"
    names = ["name", "device", "torch", "points", "seconds", "kind", "reason", "detail", "bytes"]
    names += ["m", "n", "k", "operation", "parallel", "micro_batch", "step_time_s"]
    names += ["step_time_spread", "tokens_per_s", "flop_per_s", "bytes_per_s", "power_w"]
    said = ((name, entry.get(name)) for name in names)
    pairs = (
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in said
        if value not in (None, "")
    )
    return f"{kind}: {', '.join(pairs)}"


# --- the stacks ---------------------------------------------------------------------------------


class RmsNorm(Module):
    """Root-mean-square norm with a gain (Zhang and Sennrich 2019, arXiv 1910.07467)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Normed in fp32, whatever comes in."""
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-5)
        return wide.to(x.dtype) * self.weight


class DecoderLayer(Module):
    """Causal attention and SwiGLU, each behind a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, self.n_heads = shape.d_model, shape.n_heads
        self.norm_attention, self.norm_mlp = RmsNorm(width), RmsNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gate = nn.Linear(width, shape.d_ff, bias=False)
        self.up = nn.Linear(width, shape.d_ff, bias=False)
        self.down = nn.Linear(shape.d_ff, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """(batch, sequence, width) in and out."""
        batch, length, width = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(batch, length, 3, self.n_heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        q, k = rotated(q, cos, sin), rotated(k, cos, sin)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
        y = self.norm_mlp(x)
        return x + self.down(nn.functional.silu(self.gate(y)) * self.up(y))


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions (Su et al. 2021, arXiv 2104.09864), halves turned together."""
    first, second = x.chunk(2, -1)
    return (x * cos + torch.cat((-second, first), -1) * sin).to(x.dtype)


class Decoder(Module):
    """A decoder of today."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.vocab, shape.d_model)
        self.layers = nn.ModuleList(DecoderLayer(shape) for _ in range(shape.n_layers))
        self.norm = RmsNorm(shape.d_model)
        self.head = nn.Linear(shape.d_model, shape.vocab, bias=False)
        half = torch.arange(0, shape.d_model // shape.n_heads, 2).float()
        turns = 10000.0 ** (-half * shape.n_heads / shape.d_model)
        angles = torch.outer(torch.arange(shape.seq_len).float(), turns).repeat(1, 2)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """The mean loss."""
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin)
        logits = self.head(self.norm(x)).float()
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


class TxlLayer(Module):
    """Attention with relative positions and a feed-forward layer, each before a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, self.n_heads = shape.d_model, shape.n_heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.positions = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.content_bias = nn.Parameter(torch.zeros(self.n_heads, 1, width // self.n_heads))
        self.position_bias = nn.Parameter(torch.zeros(self.n_heads, 1, width // self.n_heads))
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up = nn.Linear(width, shape.d_ff)
        self.down = nn.Linear(shape.d_ff, width)

    def forward(self, x: Tensor, distances: Tensor, mask: Tensor) -> Tensor:
        """(batch, sequence, width) in and out; ``distances`` is (sequence, width)."""
        batch, length, width = x.shape
        head = width // self.n_heads
        q, k, v = self.qkv(x).view(batch, length, 3, self.n_heads, head).permute(2, 0, 3, 1, 4)
        far = self.positions(distances).view(length, self.n_heads, head).permute(1, 2, 0)
        content = torch.matmul(q + self.content_bias, k.transpose(-1, -2))
        position = shifted(torch.matmul(q + self.position_bias, far))
        scores = ((content + position) * head**-0.5).masked_fill(mask, -math.inf)
        seen = torch.matmul(torch.softmax(scores, -1), v)
        x = self.norm_attention(x + self.out(seen.transpose(1, 2).reshape(batch, length, width)))
        return self.norm_mlp(x + self.down(torch.relu(self.up(x))))


def shifted(scores: Tensor) -> Tensor:
    """Scores by distance put under the keys at that distance (Dai et al. 2019, appendix B)."""
    batch, heads, rows, columns = scores.shape
    padded = nn.functional.pad(scores, (1, 0))
    return padded.view(batch, heads, columns + 1, rows)[:, :, 1:].reshape(scores.shape)


class TransformerXl(Module):
    """The stack of 2020, one segment."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        length, width = shape.seq_len, shape.d_model
        self.embedding = nn.Embedding(shape.vocab, width)
        self.layers = nn.ModuleList(TxlLayer(shape) for _ in range(shape.n_layers))
        self.head = nn.Linear(width, shape.vocab, bias=False)
        turns = 10000.0 ** (-torch.arange(0, width, 2).float() / width)
        angles = torch.outer(torch.arange(length - 1, -1, -1).float(), turns)
        self.register_buffer("distances", torch.cat((angles.sin(), angles.cos()), -1))
        mask = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """The mean loss."""
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, self.distances, self.mask)
        logits = self.head(x).float()
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


# --- the device ---------------------------------------------------------------------------------


class Device:
    """What runs the steps: its clock, its memory, what it is."""

    def __init__(self, name: str) -> None:
        self.name, self.torch = name, torch.device(name)
        self.index = self.torch.index or 0
        self.is_cuda = self.torch.type == "cuda"
        self.kind = kind_of(self.torch.type)
        self.range = RANGES.get("gpu" if self.is_cuda else self.kind, RANGES["cpu"])
        self.nvml = Nvml.open(self.index) if self.is_cuda else None

    def synchronize(self) -> None:
        """Wait until it is idle."""
        if self.is_cuda:
            torch.cuda.synchronize(self.torch)
        elif self.kind == "mps":
            torch.mps.synchronize()

    def times(self, step: Step, repeats: int, while_busy: Step = tuple) -> list[float]:
        """Seconds of steps that follow each other; on a GPU after one that only leads in."""
        if not self.is_cuda:
            found = []
            for _ in range(repeats):
                start = time.perf_counter()
                step()
                self.synchronize()
                found.append(time.perf_counter() - start)
            return found
        if repeats > 1:
            step()
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
        marks[0].record()
        for mark in marks[1:]:
            step()
            mark.record()
        while_busy()
        self.synchronize()
        return [marks[n].elapsed_time(marks[n + 1]) / 1000 for n in range(repeats)]

    def free_memory(self) -> float:
        """Bytes that a point may take."""
        if self.is_cuda:
            return 0.85 * float(torch.cuda.mem_get_info(self.torch)[0])
        return 0.4 * (host_memory("MemAvailable") or 4e9)

    def reset_peak(self) -> None:
        """Forget the peak so far."""
        if self.is_cuda:
            torch.cuda.reset_peak_memory_stats(self.torch)
        elif self.kind == "cpu":
            with contextlib.suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5")

    def peak(self) -> int | None:
        """Bytes at most in use; on a CPU those of the whole process, None where not known."""
        if self.is_cuda:
            return int(torch.cuda.max_memory_allocated(self.torch))
        if self.kind == "mps":
            return int(torch.mps.driver_allocated_memory())
        return host_memory("VmHWM", "/proc/self/status")

    def clean(self) -> None:
        """Give back what the last point held."""
        gc.collect()
        if self.is_cuda or self.kind == "mps":
            (torch.cuda if self.is_cuda else torch.mps).empty_cache()

    def precisions(self) -> list[str]:
        """Those it can train in, the usual one first."""
        if not self.is_cuda:
            return ["fp32", "fp16"] if self.kind == "mps" else ["fp32", "bf16"]
        if self.kind == "rocm":
            return ["bf16", "fp16", "fp32"]
        modern = torch.cuda.get_device_capability(self.torch)[0] >= 8
        return ["bf16", "fp16", "tf32", "fp32"] if modern else ["fp16", "fp32"]

    def described(self) -> dict[str, Any]:
        """The ``device`` line."""
        values: dict[str, Any] = {
            "schema": SCHEMA,
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **about_device(self.torch.type, self.index),
            "precisions": self.precisions(),
            "torch": str(torch.__version__),
            "runtime": str(torch.version.cuda or torch.version.hip or ""),
            "driver": driver_version(self.nvml) if self.is_cuda else "",
            "python": platform.python_version(),
            "platform": platform.platform(),
            "threads": torch.get_num_threads(),
            "processes": int(os.environ.get("WORLD_SIZE", "1")),
        }
        if self.is_cuda:
            found = torch.cuda.get_device_properties(self.torch)
            values["capability"] = f"{found.major}.{found.minor}"
            values["multi_processors"] = found.multi_processor_count
        if self.nvml:
            values.update(self.nvml.limits())
        return values


def kind_of(type_: str) -> str:
    """``cuda``, ``rocm`` (which torch calls cuda), ``mps`` or ``cpu``."""
    return "rocm" if type_ == "cuda" and torch.version.hip else type_


def about_device(type_: str, index: int) -> dict[str, Any]:
    """Name, kind and memory; the host's memory where the device has none of its own."""
    memory: int | None = None
    name = platform.processor() or platform.machine()
    if type_ == "cuda":
        name = str(torch.cuda.get_device_name(index))
        memory = int(torch.cuda.get_device_properties(index).total_memory)
    else:
        with contextlib.suppress(AttributeError, OSError, ValueError):
            memory = int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
        with contextlib.suppress(OSError, IndexError):
            models = Path("/proc/cpuinfo").read_text(errors="replace").split("model name")
            name = models[1].split("\n")[0].strip("\t :")
    device = f"cuda:{index}" if type_ == "cuda" else type_
    return {"device": device, "kind": kind_of(type_), "name": name, "memory_bytes": memory}


def host_memory(field: str, file: str = "/proc/meminfo") -> int | None:
    """Bytes in a field of a Linux memory file."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return 1024 * int(Path(file).read_text().split(field + ":")[1].split()[0])
    return None


def driver_version(nvml: Nvml | None) -> str:
    """Of the GPU; empty where nobody knows."""
    if nvml:
        return nvml.driver
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    with contextlib.suppress(OSError, subprocess.SubprocessError, IndexError):
        done = subprocess.run(query, stdout=subprocess.PIPE, timeout=10, check=True)
        return done.stdout.decode(errors="replace").split()[0]
    return ""


def found_devices() -> list[dict[str, Any]]:
    """Everything that torch could run on here, the fastest first."""
    found = [about_device("cuda", index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(about_device("mps", 0))
    return [*found, about_device("cpu", 0)]


class Nvml:
    """Clocks, temperature and power of a GPU, through ``pynvml``; reads, never sets."""

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self._handle = library, handle
        version = library.nvmlSystemGetDriverVersion()
        self.driver = version.decode() if isinstance(version, bytes) else str(version)

    @classmethod
    def open(cls, index: int) -> Nvml | None:
        """The GPU that torch calls ``index``; None without ``pynvml`` or where not sure."""
        try:
            import pynvml  # type: ignore[import-not-found]

            pynvml.nvmlInit()
            uuid = getattr(torch.cuda.get_device_properties(index), "uuid", None)
            if uuid is not None:
                return cls(pynvml, pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}".encode()))
            if os.environ.get("CUDA_VISIBLE_DEVICES") is None:
                found = pynvml.nvmlDeviceGetHandleByIndex(index)
                name = pynvml.nvmlDeviceGetName(found)
                name = name if isinstance(name, str) else name.decode()
                # the two may count in another order
                return cls(pynvml, found) if name == torch.cuda.get_device_name(index) else None
        except Exception:  # not there, not ours to see, a driver that answers nothing
            return None
        return None

    def _ask(self, function: str, *arguments: Any, per_unit: float = 1) -> Any:
        """What a function says, in our units; None where the GPU cannot."""
        try:
            return getattr(self._library, function)(self._handle, *arguments) / per_unit
        except Exception:
            return None

    def energy_j(self) -> Any:
        """Joules since the driver was loaded; Volta and newer."""
        return self._ask("nvmlDeviceGetTotalEnergyConsumption", per_unit=1000)

    def power_w(self) -> Any:
        """Watts now."""
        return self._ask("nvmlDeviceGetPowerUsage", per_unit=1000)

    def limits(self) -> dict[str, Any]:
        """What holds for the whole run."""
        clock = self._ask("nvmlDeviceGetMaxClockInfo", self._library.NVML_CLOCK_SM)
        watts = self._ask("nvmlDeviceGetEnforcedPowerLimit", per_unit=1000)
        return known(clock_max_mhz=clock, power_limit_w=watts)

    def sample(self) -> dict[str, Any]:
        """How it is now."""
        clock, library = "nvmlDeviceGetClockInfo", self._library
        reasons = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons")
        slowed = reasons and [name for bit, name in THROTTLE.items() if int(reasons) & bit]
        return known(
            clock_mhz=self._ask(clock, library.NVML_CLOCK_SM),
            memory_clock_mhz=self._ask(clock, library.NVML_CLOCK_MEM),
            temperature_c=self._ask("nvmlDeviceGetTemperature", library.NVML_TEMPERATURE_GPU),
            power_w=self.power_w(),
            throttle=None if reasons is None else slowed or [],
        )


def known(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


# --- what is measured ---------------------------------------------------------------------------


def design(stack: str, count: int, ranges: Range, seq_len: int | None) -> list[Shape]:
    """Shapes spread evenly over the ranges; any first part of the list is spread evenly, too.

    The additive recurrence of the generalised golden ratio (M. Roberts 2018, "The unreasonable
    effectiveness of quasirandom sequences") in five dimensions.
    """
    ratio = 1.0
    for _ in range(50):
        ratio = (1 + ratio) ** (1 / 6)  # the root of x^6 = x + 1
    shapes = []
    for n in range(count):
        width, depth, batch, length, words = (
            (0.5 + (n + 1) * ratio ** -(k + 1)) % 1 for k in range(5)
        )
        d_model = placed(width, ranges.width, ranges.width_step)
        head = 128 if stack == "decoder" and d_model >= 2048 and d_model % 128 == 0 else 64
        tokens = seq_len or ranges.seq_lens[int(length * len(ranges.seq_lens))]
        shape = Shape(
            stack=stack,
            n_layers=placed(depth, ranges.layers, 1),
            d_model=d_model,
            n_heads=d_model // head,
            d_ff=d_model if stack == "txl" else -(-8 * d_model // 3 // 64) * 64,
            vocab=ranges.vocabs[int(words * len(ranges.vocabs))],
            seq_len=tokens,
            micro_batch=max(1, placed(batch, ranges.tokens, 1) // tokens),
        )
        shapes.append(shape)
    return shapes


def placed(place: float, ends: tuple[int, int], step: int) -> int:
    """The multiple of ``step`` at a place between two ends, 0 to 1, even in the logarithm."""
    value = math.exp(math.log(ends[0]) + place * math.log(ends[1] / ends[0]))
    return max(step, round(value / step) * step)


def shrunk(shape: Shape, ranges: Range, fits: Callable[[Shape], bool]) -> Shape:
    """The shape, smaller until it fits, or the smallest of its width."""
    while not fits(shape):
        if shape.micro_batch > 1:
            shape = shape._replace(micro_batch=shape.micro_batch // 2)
        elif shape.n_layers > ranges.layers[0]:
            shape = shape._replace(n_layers=max(ranges.layers[0], shape.n_layers // 2))
        elif shape.vocab > ranges.vocabs[0]:
            shape = shape._replace(vocab=max(v for v in ranges.vocabs if v < shape.vocab))
        elif shape.stack == "decoder" and shape.seq_len > ranges.seq_lens[0]:
            shape = shape._replace(seq_len=max(s for s in ranges.seq_lens if s < shape.seq_len))
        else:
            break
    return shape


class Trainer:
    """A stack that trains on random tokens."""

    def __init__(
        self, device: Device, shape: Shape, precision: str, compiled: bool, parallel: str = ""
    ) -> None:
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        with device.torch:  # made there: a host takes a minute to draw what a GPU draws at once
            self.model: Any = (TransformerXl if shape.stack == "txl" else Decoder)(shape)
        head = (self.model.embedding, self.model.head)
        self.params = sum(weight.numel() for weight in self.model.parameters())
        outside = sum(weight.numel() for part in head for weight in part.parameters())
        self.params_non_embedding = self.params - outside
        half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
        if parallel == "fsdp":
            self.model = sharded(self.model, device, half)
        elif parallel:
            ids = [device.index] if device.is_cuda else None
            self.model = nn.parallel.DistributedDataParallel(self.model, device_ids=ids)
        if compiled:
            torch.compiler.reset()  # after some shapes of one code it falls back to eager
            self.model = torch.compile(self.model, dynamic=False)
        fused = {"fused": True} if device.is_cuda else {}
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, **fused)
        self.autocast: Callable[[], Any] = contextlib.nullcontext
        if half is not None:
            self.autocast = partial(torch.autocast, device.torch.type, dtype=half)
        scales = precision == "fp16" and device.is_cuda
        scaler = getattr(torch.amp, "GradScaler", torch.cuda.amp.GradScaler)  # since 2.3
        self.scaler = scaler() if scales else None
        size = (2, shape.micro_batch, shape.seq_len)
        self.tokens, self.targets = torch.randint(shape.vocab, size, device=device.torch)

    def step(self) -> None:
        """Forward, backward, optimizer step."""
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss = self.model(self.tokens, self.targets)
        if self.scaler is None:
            loss.backward()
            self.optimizer.step()
        else:
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()


def sharded(model: Any, device: Device, half: Any) -> Any:
    """The model with weights, gradients and optimizer spread over the processes, by layer."""
    fsdp, load = importlib.import_module("torch.distributed.fsdp"), importlib.import_module
    numbers = {"param_dtype": half, "reduce_dtype": torch.float32} if half else {}
    try:  # FSDP2: it moved in 2.6, and before 2.4 there was none
        home = fsdp if hasattr(fsdp, "fully_shard") else load("torch.distributed._composable.fsdp")
        policy = home.MixedPrecisionPolicy(cast_forward_inputs=False, **numbers)
    except (ImportError, AttributeError):
        wrap = load("torch.distributed.fsdp.wrap").ModuleWrapPolicy({type(model.layers[0])})
        mixed = fsdp.MixedPrecision(**numbers)
        about = {"auto_wrap_policy": wrap, "mixed_precision": mixed, "use_orig_params": True}
        return fsdp.FullyShardedDataParallel(model, device_id=device.torch, **about)
    count = torch.distributed.get_world_size()
    mesh = load("torch.distributed.device_mesh").init_device_mesh(device.torch.type, (count,))
    for part in (*model.layers, model):
        home.fully_shard(part, mesh=mesh, mp_policy=policy)
    return model


class Timing(NamedTuple):
    """What repeated steps took, seconds."""

    median: float
    spread: float
    repeats: int
    warmup: int
    fastest: float  # what planning goes by: less is due to whatever else the machine does

    @classmethod
    def of(cls, times: list[float], warmup: int) -> Timing:
        """1.4826 median absolute deviations are a normal distribution's standard deviation."""
        middle = statistics.median(times)
        spread = 1.4826 * statistics.median(abs(value - middle) for value in times)
        return cls(middle, spread, len(times), warmup, min(times))


def timed(
    device: Device, step: Step, share_s: float, stop: Stop, while_busy: Step = tuple
) -> Timing:
    """Steps until they are steady, then repeats for the time that is left.

    Args:
        device: what they run on.
        step: what is timed.
        share_s: seconds for all, without the first step, which may compile; exceeded where
            the fewest repeats take longer.
        stop: ends it between steps.
        while_busy: called once while steps run.

    Raises:
        StoppedError: somebody asked for the end.
        SlowError: even the fewest repeats take several times as long.
    """
    end = time.monotonic() + share_s
    stop.check()
    last, warmup = device.times(step, 1)[0], 1
    end = max(end, time.monotonic() + 0.5 * share_s)
    patient_until = time.monotonic() + max(PATIENCE * share_s, PATIENCE_S)
    while warmup < MOST_WARMUP:
        stop.check()
        now = device.times(step, 1)[0]
        warmup += 1
        late = time.monotonic() > end - 0.6 * share_s
        if abs(now - last) <= STEADY * now or (late and warmup >= FEWEST_WARMUP):
            break
        last = now
    times: list[float] = []
    at_once = max(1, min(10, int(0.1 / max(now, 1e-9)))) if device.is_cuda else 1
    while len(times) < FEWEST_REPEATS or (len(times) < MOST_REPEATS and time.monotonic() < end):
        stop.check()
        if time.monotonic() > patient_until:
            raise SlowError(f"{now:.3g} s a step, where {share_s:.3g} s were for all")
        times += device.times(step, at_once, tuple if times else while_busy)
    return Timing.of(times, warmup)


class Session:
    """One calibration of one device."""

    def __init__(self, device: Device, options: Any, report: Report, stop: Stop) -> None:
        self.device, self.report, self.stop = device, report, stop
        self.seconds, self.began = 60.0 * options.minutes, time.monotonic()
        self.compiled: bool = options.compile
        self.stacks = STACKS if options.stack == "both" else (options.stack,)
        self.precisions: list[str] = options.precision
        self.processes = int(os.environ.get("WORLD_SIZE", "1"))
        self.is_first = os.environ.get("RANK", "0") == "0"
        self.bytes_per_s = 1e10
        self.flop_per_s = dict.fromkeys(self.precisions, 1e10)
        self.pace = 1.0  # measured over expected so far
        self.best: dict[str, tuple[float, Shape]] = {}  # FLOP/s and shape, by precision
        self.measured: list[tuple[str, Shape]] = []  # precision and shape

    def left(self, keep: float = 0.0) -> float:
        """Seconds left, but for a share of the whole that is kept for what follows."""
        return float(self.seconds * (1 - keep) - (time.monotonic() - self.began))

    def brief(self, part: float) -> float:
        """Seconds for one of the small measurements."""
        return float(min(1.0, part * self.seconds))

    def attempt(self, kind: str, work: Callable[[], Any], **about: Any) -> Any:
        """What one piece of work gives; what goes wrong ends it alone, and gives None."""
        try:
            return work()
        except StoppedError:
            raise
        except Exception as error:  # compilers and drivers raise whatever they like
            full = isinstance(error, MemoryError) or any(s in str(error) for s in OUT_OF_MEMORY)
            slow = "time" if isinstance(error, SlowError) else "error"
            reason, text = "out_of_memory" if full else slow, f"{type(error).__name__}: {error}"
        finally:
            self.device.clean()
        self.skip(kind, reason, text[:500], **about)
        return None

    def skip(self, kind: str, reason: str, detail: str = "", **about: Any) -> None:
        """Say what is not measured, and why."""
        self.report.send("skipped", kind=kind, reason=reason, detail=detail, **about)

    def found(self, kind: str, timing: Timing, **values: Any) -> None:
        """Send a measurement other than of a training step."""
        about = {"seconds": timing.median, "spread": timing.spread, "repeats": timing.repeats}
        self.report.send("measurement", kind=kind, **values, **about)

    def rates(self) -> None:
        """Memory bandwidth, and matrix products by shape and precision."""
        sizes = (256, 512, 1024, 2048, 4096, 8192) if self.device.is_cuda else (256, 512, 1024)
        self.bytes_per_s = self.attempt("bandwidth", self.bandwidth) or self.bytes_per_s
        for precision in self.precisions:
            rates: list[float] = []
            for size in sizes:
                for shape in ((size, size, size), (4 * size, size, size // 4)):
                    if not rates or self.left() > 0.9 * self.seconds:
                        work = partial(self.matmul, shape, precision)
                        rates.append(self.attempt("matmul", work) or 0.0)
            self.flop_per_s[precision] = max(rates) or 1e10

    def bandwidth(self) -> float:
        """Bytes a second of a copy that no cache holds, at its fastest."""
        count = 2**28 if self.device.is_cuda else 2**26
        source = torch.ones(count // 4, device=self.device.torch)
        goal = torch.empty_like(source)
        timing = timed(self.device, partial(goal.copy_, source), self.brief(0.01), self.stop)
        rate = 2 * count / timing.median
        self.found("bandwidth", timing, bytes=2 * count, bytes_per_s=rate)
        return rate * timing.median / timing.fastest

    def matmul(self, shape: tuple[int, int, int], precision: str) -> float:
        """FLOP a second of an (m, k) by (k, n) product, at its fastest."""
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        number = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision, torch.float32)
        m, n, k = shape
        a = torch.randn(m, k, device=self.device.torch).to(number)
        b = torch.randn(k, n, device=self.device.torch).to(number)
        timing = timed(self.device, partial(torch.mm, a, b), self.brief(0.004), self.stop)
        rate = 2.0 * m * n * k / timing.median
        self.found("matmul", timing, precision=precision, m=m, n=n, k=k, flop_per_s=rate)
        return rate * timing.median / timing.fastest

    def plan(self, keep: float) -> list[tuple[str, Shape]]:
        """Which shapes in which precision, in turn; says so."""
        kinds = [(stack, precision) for precision in self.precisions for stack in self.stacks]
        seconds = max(1.0, self.left(keep))
        count = min(MOST_POINTS, int(seconds / (0.21 * math.sqrt(self.seconds))))
        fewest = max(FEWEST_POINTS, FEWEST_OF_A_KIND * len(kinds))
        if self.compiled:
            count, fewest = int(seconds / COMPILING_S), 2 * len(kinds)
        each = -(-max(fewest, count) // len(kinds))
        share = seconds / (each * len(kinds))
        queues = []
        for stack, precision in kinds:
            half = precision in ("bf16", "fp16") and self.device.is_cuda
            length = (152 if half else 150) if stack == "txl" else None
            wanted = design(stack, 8 * each, self.device.range, length)
            smaller = [self.fitting(shape, precision, share) for shape in wanted]
            smaller = [shape for shape in smaller if shape.memory < self.device.free_memory()]
            smaller.sort(key=lambda shape: not self.fits(shape, precision, share))
            chosen = list(dict.fromkeys(smaller))[:each]
            queues.append([(precision, shape) for shape in chosen])
        grid = [queue[n] for n in range(each) for queue in queues if n < len(queue)]
        shapes = [{**shape._asdict(), "precision": precision} for precision, shape in grid]
        about: dict[str, Any] = {"stacks": list(self.stacks), "precisions": self.precisions}
        about.update(points=len(grid), seconds=self.seconds, compile=self.compiled)
        self.report.send("plan", **about, grid=shapes)
        return grid

    def expected(self, shape: Shape, precision: str) -> float:
        """Seconds of a step, by what was measured so far."""
        rate = self.flop_per_s[precision]
        return self.pace * shape.seconds(rate, self.bytes_per_s, self.device.range.op_s)

    def fits(self, shape: Shape, precision: str, share_s: float) -> bool:
        """Whether memory and so many seconds hold a point."""
        is_quick = STEPS_OF_A_POINT * self.expected(shape, precision) < share_s
        return is_quick and shape.memory < self.device.free_memory()

    def fitting(self, shape: Shape, precision: str, share_s: float) -> Shape:
        """The shape, or a smaller one that fits, or the smallest of its width."""
        fits = partial(self.fits, precision=precision, share_s=share_s)
        return shrunk(shape, self.device.range, fits)

    def steps(self, grid: list[tuple[str, Shape]], keep: float) -> None:
        """Every point of the grid, as long as there is time."""
        paces: list[float] = []
        for n, (precision, wanted) in enumerate(grid):
            self.stop.check()
            share = self.left(keep) / (len(grid) - n)
            shape = self.fitting(wanted, precision, share)
            about = {**shape._asdict(), "precision": precision}
            expected = self.expected(shape, precision)
            if self.left(keep) < FEWEST_REPEATS * expected:
                self.skip("step", "time", f"about {expected:.3g} s a step", **about)
                continue
            left = round(max(0.0, self.left()), 1)
            doing = f"{precision} {shape}"
            self.report.send("progress", done=n, points=len(grid), seconds_left=left, doing=doing)
            seconds = self.attempt("step", partial(self.step, shape, precision, share), **about)
            if seconds is not None:
                paces.append(seconds * self.pace / expected)
                self.pace = max(0.2, statistics.median(paces[-9:]))
                self.measured.append((precision, shape))

    def step(self, shape: Shape, precision: str, share_s: float, parallel: str = "") -> float:
        """Seconds of the fastest step; sent. Parallel ones are as many in every process."""
        device, start = self.device, time.monotonic()
        nvml, state = device.nvml, {"parallel": parallel} if parallel else {}
        device.reset_peak()
        trainer = Trainer(device, shape, precision, self.compiled, parallel)
        device.synchronize()
        if parallel:
            device.times(trainer.step, 3)
            timing = Timing.of(device.times(trainer.step, 6), 3)
        else:
            left = share_s - (time.monotonic() - start)
            read = (lambda: state.update(nvml.sample())) if nvml else tuple
            timing = timed(device, trainer.step, left, self.stop, read)
        processes = self.processes if parallel else 1
        self.best[precision] = max(
            self.best.get(precision, (0.0, shape)), (shape.flops / timing.median, shape)
        )
        self.report.send(
            "measurement",
            kind="step",
            **shape._asdict(),
            precision=precision,
            compile=self.compiled,
            processes=processes,
            step_time_s=timing.median,
            step_time_spread=timing.spread,
            repeats=timing.repeats,
            warmup=timing.warmup,
            tokens_per_s=processes * shape.tokens / timing.median,
            params=trainer.params,
            params_non_embedding=trainer.params_non_embedding,
            peak_memory_bytes=device.peak(),
            **state,
        )
        return timing.fastest

    def largest_batch(self) -> None:
        """How many sequences fit: doubled until memory is full, then halved in between."""
        if not self.device.is_cuda:
            self.skip("largest_batch", "unsupported", "a computer's own memory is not filled")
            return
        for precision, (_, shape) in self.best.items():
            fits, fails, peak = 0, 0, None
            while self.left() > 0 and (not fails or fails - fits > max(1, fits // 8)):
                self.stop.check()
                batch = (fits + fails) // 2 if fails else max(1, 2 * fits)
                taken = self.fills(shape._replace(micro_batch=batch), precision)
                fits, fails, peak = (fits, batch, peak) if taken is None else (batch, fails, taken)
            about = {**shape._replace(micro_batch=max(1, fits))._asdict(), "precision": precision}
            if fails and fits:
                values = {"fails_at": fails, "peak_memory_bytes": peak}
                self.report.send("measurement", kind="largest_batch", **about, **values)
            else:
                self.skip("largest_batch", "time" if fits else "out_of_memory", **about)

    def fills(self, shape: Shape, precision: str) -> int | None:
        """Bytes that one step takes; None where they are not there."""
        self.device.reset_peak()
        try:
            self.device.times(Trainer(self.device, shape, precision, self.compiled).step, 1)
            return self.device.peak()
        except RuntimeError as error:
            if not any(text in str(error) for text in OUT_OF_MEMORY):
                raise
            return None
        finally:
            self.device.clean()

    def power(self) -> None:
        """Watts while the step with the most FLOP/s runs, over a window that NVML can resolve."""
        nvml = self.device.nvml
        if nvml is None or not self.best:
            self.skip("power", "unsupported", "needs a GPU and pynvml")
            return
        precision, (_, shape) = max(self.best.items(), key=lambda item: item[1][0])
        trainer = Trainer(self.device, shape, precision, self.compiled)
        self.device.times(trainer.step, 3)
        samples: list[float] = []
        before, start, steps = nvml.energy_j(), time.perf_counter(), 0
        while time.perf_counter() - start < POWER_WINDOW_S:
            self.stop.check()
            self.device.times(trainer.step, 5, lambda: samples.append(nvml.power_w() or 0.0))
            steps += 6
        seconds, after = time.perf_counter() - start, nvml.energy_j()
        counted = before is not None and after is not None and after > before
        busy = samples[len(samples) // 6 :]  # the first are averages that reach back to idle
        if not counted and not all(busy):
            self.skip("power", "unsupported", "the driver does not say")
            return
        watts = (after - before) / seconds if counted else statistics.fmean(busy)
        about = {**shape._asdict(), "precision": precision, **nvml.sample(), "power_w": watts}
        about.update(seconds=seconds, steps=steps, method="counter" if counted else "sampled")
        self.report.send("measurement", kind="power", **about)

    def links(self) -> None:
        """All-reduce and all-gather by size; bus bandwidth as NVIDIA's nccl-tests defines it."""
        dist, device, n = torch.distributed, self.device, self.processes
        for megabytes in (1, 16, 128) if device.is_cuda else (1, 8):
            whole = torch.ones(megabytes * 2**18 // n * n, device=device.torch)
            part = torch.ones(len(whole) // n, device=device.torch)
            reduce = partial(dist.all_reduce, whole)
            gather = partial(dist.all_gather, list(whole.chunk(n)), part)
            for name, step, bus in (("all_reduce", reduce, 2), ("all_gather", gather, 1)):
                device.times(step, 2)
                timing = Timing.of(device.times(step, 8), 2)
                rate = 4 * len(whole) / timing.median
                about = {"operation": name, "bytes": 4 * len(whole), "bytes_per_s": rate}
                about.update(bus_bytes_per_s=rate * bus * (n - 1) / n, backend=dist.get_backend())
                self.found("collective", timing, processes=n, **about)

    def together(self) -> None:
        """Steps of all processes, of shapes that the first one has measured alone."""
        dist, device = torch.distributed, self.device.torch
        rows = self.shared() if self.is_first else []
        table = torch.zeros(4 * len(PRECISIONS), 9, dtype=torch.int64, device=device)
        for n, (precision, shape) in enumerate(rows):
            numbers = PRECISIONS.index(precision), STACKS.index(shape.stack), *shape[1:]
            table[n] = torch.tensor(numbers, device=device)
        dist.broadcast(table, 0)  # objects would need NumPy
        said = [numbers for numbers in table.tolist() if numbers[2]]
        for numbers, parallel in ((numbers, how) for numbers in said for how in PARALLEL):
            asked = torch.tensor(float(bool(self.stop.reason)), device=device)
            dist.all_reduce(asked, dist.ReduceOp.MAX)
            if asked.item():  # all of them or none: the others would wait for one that left
                raise StoppedError(self.stop.reason or "another process was stopped")
            precision, shape = PRECISIONS[numbers[0]], Shape(STACKS[numbers[1]], *numbers[2:])
            about = {**shape._asdict(), "precision": precision, "processes": self.processes}
            work = partial(self.step, shape, precision, 0.0, parallel)
            self.attempt("step", work, parallel=parallel, **about)

    def shared(self) -> list[tuple[str, Shape]]:
        """Of each stack and precision the largest shape that was measured, and the middle one."""
        room = self.device.free_memory()
        found: list[tuple[str, Shape]] = []
        for kind in dict.fromkeys((name, shape.stack) for name, shape in self.measured):
            alike = [shape for name, shape in self.measured if (name, shape.stack) == kind]
            # gradients lie in buckets, too
            alike = [shape for shape in alike if shape.memory + 8.0 * shape.weights < room]
            alike.sort(key=lambda shape: shape.weights)
            chosen = dict.fromkeys(alike[n] for n in (-1, len(alike) // 2) if alike)
            found += [(kind[0], shape) for shape in chosen]
        return found


# --- the way through ----------------------------------------------------------------------------


def options_of(arguments: list[str] | None) -> Any:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--out", type=Path, help="where to save what was measured")
    add("--device", help="cuda:0, mps, cpu; default: the fastest")
    add("--precision", default="", help=f"some of {','.join(PRECISIONS)}; default: the usual one")
    add("--minutes", type=float, default=2.0, help="time to take; default 2")
    add("--stack", choices=(*STACKS, "both"), default="both")
    add("--compile", action="store_true", help="with torch.compile")
    add("--json-lines", action="store_true", help="one JSON object per line")
    add("--describe", action="store_true", help="only say which devices there are")
    add("--watch-stdin", action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    options.precision = [name for name in options.precision.split(",") if name]
    if set(options.precision) - set(PRECISIONS):
        parser.error(f"--precision must be some of {', '.join(PRECISIONS)}")
    if not 0.01 <= options.minutes <= 600:
        parser.error(f"--minutes must be between 0.01 and 600, got {options.minutes}")
    if not (options.out or options.json_lines or options.describe):
        parser.error("give --out FILE, --json-lines, or both")
    return options


def torch_problem() -> tuple[str, str]:
    """Why torch cannot be used: a code and what was found; empty where it can."""
    if TORCH_PROBLEM[0]:
        return TORCH_PROBLEM
    version = tuple(int(part) for part in str(torch.__version__).split(".")[:2])
    return ("torch_too_old", str(torch.__version__)) if version < OLDEST_TORCH else ("", "")


def device_problem(name: str) -> tuple[str, str]:
    """Why torch has no such device: a code and what it has; empty where it has."""
    try:
        wanted = torch.device(name)
    except RuntimeError as error:
        return "no_device", str(error).split("\n")[0]
    if wanted.type == "cuda" and not (torch.version.cuda or torch.version.hip):
        return "cpu_only_torch", str(torch.__version__)
    have = [entry["device"] for entry in found_devices()]
    if str(wanted) in have or f"{wanted}:0" in have:
        return "", ""
    return "no_device", f"{name}; there is {', '.join(have)}"


def describe(stream: Any) -> int:
    """One line about this Python: its torch, its devices."""
    code, detail = torch_problem()
    entry: dict[str, Any] = {"type": "python", "python": platform.python_version()}
    entry.update(
        prefix=sys.prefix,
        torch=str(torch.__version__) if torch else None,
        problem=code,
        detail=detail[:500],
    )
    names = [] if code else [one["device"] for one in found_devices()]
    entry.update(devices=[Device(name).described() for name in names])
    stream.write(json.dumps(entry) + "\n")
    stream.flush()
    return 0


def protocol_stream() -> Any:
    """Standard output for us alone: what libraries print goes to standard error."""
    sys.stdout.flush()
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    return stream


def measure(session: Session) -> None:
    """Everything, in the order in which it is worth most."""
    device = session.device
    keep = 0.08 if device.is_cuda else 0.0
    keep += min(0.3, 1.5 * POWER_WINDOW_S / session.seconds) if device.nvml else 0.0
    keep += 0.15 if session.processes > 1 else 0.0
    if session.is_first:
        session.rates()
        session.steps(session.plan(keep), keep)
        session.attempt("largest_batch", session.largest_batch)
        session.attempt("power", session.power)
    if session.processes > 1:  # the others wait here until the first has measured on its own
        from datetime import timedelta

        patience = timedelta(seconds=300 + 2 * session.seconds)
        backend = "nccl" if device.is_cuda else "gloo"
        torch.distributed.init_process_group(backend, timeout=patience)
        session.stop.listen()
        session.attempt("collective", session.links)
        session.together()
        torch.distributed.destroy_process_group()


def main(arguments: list[str] | None = None) -> int:
    """Run the probe; returns the exit status."""
    options = options_of(arguments)
    stream: Any = protocol_stream() if options.json_lines or options.describe else sys.stdout
    if options.describe:
        return describe(stream)
    if os.environ.get("RANK", "0") != "0":
        stream, options.out = open(os.devnull, "w"), None  # noqa: SIM115, PTH123 - until the end
    stop = Stop()
    report = Report(stream, options.json_lines, options.out, stop)
    if os.environ.get("RANK", "0") == "0":
        stop.listen()
    else:  # one that waits for the first ends at once
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if options.watch_stdin:
        stop.watch_stdin()
    code, detail = torch_problem()
    if code:
        return report.finish("failed", code, detail)
    name = options.device or found_devices()[0]["device"]
    if name == "cuda" or (name.startswith("cuda") and "LOCAL_RANK" in os.environ):
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    code, detail = device_problem(name)
    if code:
        return report.finish("failed", code, detail)
    device = Device(name)
    if device.is_cuda:
        torch.cuda.set_device(device.torch)
    can = device.precisions()
    wanted = options.precision or can[:1]
    options.precision = [precision for precision in wanted if precision in can]
    if not options.precision:
        return report.finish("failed", "no_precision", f"{name} has {', '.join(can)}")
    report.send("device", **device.described())
    session = Session(device, options, report, stop)
    for precision in set(wanted) - set(can):
        session.skip("step", "unsupported", f"{precision} on {name}", precision=precision)
    try:
        measure(session)
    except StoppedError as stopped:
        status = report.finish("stopped", str(stopped))
        return status or int(session.processes > 1)  # torchrun ends those that wait
    return report.finish("complete")


if __name__ == "__main__":
    sys.exit(main())
