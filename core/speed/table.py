"""Tables of trainings, as `resources/speed/published_training_speed.csv`, read row by row."""

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.families.architecture import Architecture, Recompute
from core.files import read_input
from core.hardware.devices import Device
from core.ops import Scalar
from core.speed.device_names import counted_device
from core.speed.stacks import Stack, default_stack, recognised
from core.training import Setup, Sharding, formats_of

_TOKENS_OF_A_MICRO_BATCH = 16_384  # where a table does not tell; capped at 64 sequences
_MOST_SEQUENCES = 64
_BLANKS = ("", "nan", "unknown", "null", "-", "?", "n/a", "na")
_MOST = 1e15  # what no column of such a table reaches
_MOST_OF = {"n_layers": 1e5, "n_gpus": 1e6, "gpus_per_node": 1e6, "d_model": 1e7, "d_ff": 1e8}
_NO = ("false", "0", "0.0", "no", "off", "none")
_YES = ("true", "1", "1.0", "yes", "on")
_FLASH = "flash_attention"
_KERNELS = re.compile("flash|fa.?[1-4]|sdpa|cudnn|xformers|^te$|transformer.?engine")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MOST_BYTES, _MOST_ROWS, _MOST_COLUMNS = 20_000_000, 20_000, 200
_NEEDED = ("gpu", "n_layers", "d_model")
_DELIMITERS = ",\t;|"
_SHARDINGS = (
    ("noshard|zero0", Sharding.NONE),
    ("shardgradop|zero2", Sharding.ZERO2),
    ("zero3", Sharding.ZERO3),
    ("fullshard|fsdp|hsdp|hybridshard", Sharding.FSDP),
    ("zero1|distopt|distributedopt|zero", Sharding.ZERO1),
    (
        "ddp|dataparallel|^dp$|^none$|^no$|^false$|^off$|^single|^3d$|^[tpc]p|megatron",
        Sharding.NONE,
    ),
)


Found = dict[str, tuple[int | None, Device]]


@dataclass(frozen=True, slots=True)
class Case:
    """A training of a table.

    Attributes:
        arch: the model.
        setup: GPUs, batch and layout.
        stack: the software that its words name, or what most people use.
        measured_tokens_per_s_per_gpu: None where the table has none.
        row: as it was read.
        assumed: columns that were blank or missing and matter.
    """

    arch: Architecture
    setup: Setup
    stack: Stack
    measured_tokens_per_s_per_gpu: float | None
    row: dict[str, str]
    assumed: tuple[str, ...] = ()


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file by column name in small letters, cells stripped.

    Commas, semicolons, tabs or bars may be between the cells, as the first line has them.

    Raises:
        InputError: the file cannot be read as a table.
    """
    content = read_input(path, _MOST_BYTES, "from-csv", "a table in CSV")
    rows: list[dict[str, str]] = []
    try:
        file = io.StringIO(content.decode("utf-8-sig"), newline="")
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(_DELIMITERS, key=first.count))
        names = [name.strip().casefold() for name in next(reader, [])]
        if len(names) > _MOST_COLUMNS:
            raise InputError("from-csv", path, f"a table of at most {_MOST_COLUMNS:,} columns")
        for cells in reader:
            if len(rows) == _MOST_ROWS:
                raise InputError("from-csv", path, f"a table of at most {_MOST_ROWS:,} rows")
            if cells:
                rows.append(_cells(names, cells))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("from-csv", path, f"a table in CSV ({error})") from error
    missing = [column for column in _NEEDED if column not in names]
    if missing:
        raise InputError("from-csv", path, f"a table with a column {missing[0]} in its first line")
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise InputError("from-csv", path, f"a table with one column {twice[0]}, not two")
    return rows


def stack_words(cells: dict[str, str]) -> str:
    """What a row says of its software: source, stack, and pure 16-bit training."""
    pure = "pure" if "pure" in cells.get("sharding", "").casefold() else ""
    return " ".join((cells.get("source", ""), cells.get("stack", ""), pure))


def case_of(row: dict[str, str], found: Found | None = None) -> Case:
    """What a row describes; what it does not say is assumed, and the case says so.

    Args:
        row: of `read_table`.
        found: devices that earlier rows of the table named; this row's is added.

    Raises:
        InputError: the row cannot be estimated; the field is its column.
    """
    cells = _Cells(row)
    arch = _architecture(cells)
    name = cells.text("gpu")
    known = {} if found is None else found
    if name not in known:
        known[name] = counted_device(name)
    count, device = known[name]
    setup = _setup(cells, device, count, arch)
    stack = recognised(stack_words(cells.cells), device, cells.text("date"))
    if stack is None:
        cells.assumed.append("stack")
        stack = default_stack(device)
    measured = cells.optional("tokens_per_s_per_gpu")
    return Case(arch, setup, stack, measured, row, tuple(cells.assumed))


class _Cells:
    """A row's cells by column, and which of them had to be assumed."""

    def __init__(self, row: dict[str, str]) -> None:
        self.cells = {key.strip().casefold(): (value or "").strip() for key, value in row.items()}
        self.assumed: list[str] = []

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def said(self, column: str) -> bool:
        """Whether the cell tells anything; notes it as assumed if not."""
        if self.text(column).casefold() not in _BLANKS:
            return True
        self.assumed.append(column)
        return False

    def optional(self, column: str) -> float | None:
        text = self.text(column)
        if text.casefold() in (*_BLANKS, "none"):
            return None
        value = float(text.replace(",", "")) if _NUMBER.fullmatch(text) else -1.0
        if not 0 < value < _MOST:
            raise InputError(column, text, "a positive number")
        if value > _MOST_OF.get(column, _MOST):
            raise InputError(column, text, f"at most {_MOST_OF[column]:,.0f}")
        return value

    def whole(self, column: str) -> int | None:
        value = self.optional(column)
        if value is not None and value != int(value):
            raise InputError(column, self.text(column), "a positive whole number")
        return None if value is None else int(value)

    def given(self, column: str) -> int:
        value = self.whole(column)
        if value is None:
            raise InputError(column, self.text(column), "a positive number")
        return value

    def usual(self, column: str, default: int, *, told: bool = True) -> int:
        """The whole number of a column, else ``default``, assumed unless ``told`` is False."""
        value = self.whole(column)
        if value is None and told:
            self.assumed.append(column)
        return default if value is None else value

    def yes(self, column: str, *, default: bool) -> bool:
        if not self.said(column):
            return default
        word = self.text(column).casefold()
        if word not in _YES + _NO and not (column == _FLASH and _KERNELS.search(word)):
            raise InputError(column, self.text(column), "true or false")
        return word not in _NO


def _cells(names: list[str], cells: list[str]) -> dict[str, str]:
    """A row by column; what a line has beyond the header is left out, what it lacks is empty."""
    cells += [""] * (len(names) - len(cells))
    return {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}


def _architecture(cells: _Cells) -> Architecture:
    d_model = cells.given("d_model")
    heads = cells.usual("n_heads", max(1, d_model // 128))
    if "n_heads" not in cells.assumed and d_model % heads:
        raise InputError("n_heads", cells.text("n_heads"), f"a divisor of d_model = {d_model}")
    kv_heads = cells.usual("n_kv_heads", heads)
    if heads % kv_heads:
        raise InputError("n_kv_heads", cells.text("n_kv_heads"), f"a divisor of n_heads = {heads}")
    mats = 3 if cells.usual("n_mlp_mats", 2) >= 3 else 2
    return Architecture(
        family="llama" if mats == 3 else "gpt2",
        n_layers=cells.given("n_layers"),
        d_model=d_model,
        n_heads=heads,
        n_kv_heads=kv_heads,
        d_ff=cells.usual("d_ff", round(8 * d_model / mats)),
        n_mlp_mats=mats,
        vocab=cells.given("vocab"),
        tied=cells.yes("tied", default=False),
        seq_len=cells.given("seq_len"),
    )


def _setup(cells: _Cells, device: Device, count: int | None, arch: Architecture) -> Setup:
    split = {name: cells.usual(name, 1, told=False) for name in ("tp", "pp", "cp", "vp")}
    ranks = split["tp"] * split["pp"] * split["cp"]
    copies = cells.whole("dp")
    n_gpus = cells.whole("n_gpus")
    if count is not None and n_gpus not in (None, count):
        raise InputError("n_gpus", cells.text("n_gpus"), f"{count}, as gpu says")
    n_gpus = n_gpus or count
    if n_gpus is None:
        n_gpus = (copies or 1) * ranks
        if copies is None:
            cells.assumed.append("n_gpus")
    dp = max(1, n_gpus // ranks)
    if copies not in (None, dp):
        raise InputError("dp", cells.text("dp"), f"n_gpus / (tp x pp x cp) = {dp}")
    micro, accum = _batch(cells, dp, split["pp"], arch.seq_len)
    return Setup(
        gpu=device,
        n_gpus=n_gpus,
        gpus_per_node=cells.usual("gpus_per_node", 8, told=n_gpus > 1),
        micro_batch=micro,
        grad_accum=accum,
        precision=_precision(cells, device),
        recompute=_recompute(cells),
        sharding=_sharding(cells, dp),
        tp=split["tp"],
        pp=split["pp"],
        cp=split["cp"],
        vp=split["vp"],
        flash_attention=cells.yes(_FLASH, default=True),
    )


def _batch(cells: _Cells, dp: int, pp: int, seq_len: Scalar) -> tuple[float, float]:
    """Micro-batch and micro-batches a step, from each other and the global batch if need be."""
    micro: float | None = cells.optional("micro_batch")
    accum: float | None = cells.optional("grad_accum")
    whole = cells.optional("global_batch")
    a_copy = max(1.0, whole / dp) if whole else None
    if micro is None and accum is not None and a_copy is not None:
        micro = max(1.0, a_copy / accum)
    elif micro is None:
        cells.assumed.append("micro_batch")
        # a pipeline keeps its bubble small with micro-batches of one sequence
        most = _TOKENS_OF_A_MICRO_BATCH / float(seq_len) if pp == 1 else 1.0
        micro = max(1.0, min(most, _MOST_SEQUENCES, a_copy or math.inf))
    if accum is None:
        accum = max(1.0, a_copy / micro) if a_copy else 1.0
    return micro, accum


def _precision(cells: _Cells, device: Device) -> str:
    if not cells.said("precision"):
        return formats_of(device)[0]
    words = cells.text("precision").casefold()
    if "fp8" in words or "float8" in words:
        return "fp8"
    if "bf16" in words or "bfloat" in words:
        return "bf16"
    if "fp16" in words or "half" in words or "float16" in words or "mixed" in words:
        return "fp16"
    if "32" in words:
        return "fp32"
    raise InputError("precision", cells.text("precision"), "bf16, fp16, fp32 or fp8")


def _recompute(cells: _Cells) -> Recompute:
    column = "activation_checkpointing"
    if not cells.said(column):
        return Recompute.NONE
    words = cells.text(column).casefold()
    if words in _NO or "none" in words:
        return Recompute.NONE
    if "selective" in words or words in ("op", "sac"):
        return Recompute.SELECTIVE
    if words in _YES or "full" in words:
        return Recompute.FULL
    raise InputError(column, cells.text(column), "none, selective or full")


def _sharding(cells: _Cells, dp: int) -> Sharding:
    if dp == 1 and cells.text("sharding").casefold() in _BLANKS:
        return Sharding.NONE
    if not cells.said("sharding"):
        return _sharding_named(cells.text("stack")) or Sharding.FSDP
    found = _sharding_named(cells.text("sharding"))
    if found is None:
        expected = "none, DDP, ZeRO-1, ZeRO-2, ZeRO-3, FSDP or HSDP"
        raise InputError("sharding", cells.text("sharding"), expected)
    return found


def _sharding_named(text: str) -> Sharding | None:
    words = re.sub(r"[^a-z0-9]", "", text.casefold())
    return next((found for pattern, found in _SHARDINGS if re.search(pattern, words)), None)
