"""A ranking of layouts as plain values and as text."""

import textwrap
from dataclasses import asdict

from core.export.joint import architecture_as_dict, layout_as_dict
from core.planner.layouts import RankedLayout, Ranking
from core.quantities import format_count, format_number
from core.training import Setup

_WIDTH = 100
_UNTIED_SHOWN = 5  # layouts after the ties that the text has


def ranking_as_dict(ranking: Ranking) -> dict[str, object]:
    """Everything that ``isoloss layouts --json`` prints; finite numbers, strings and None."""
    return {
        "layouts": [_as_dict(layout) for layout in ranking.layouts],
        "band": ranking.band,
        "costs": asdict(ranking.costs),
        "shape": architecture_as_dict(ranking.arch),
        "stack": ranking.stack.id,
        "global_batch": ranking.batch,
        "node_gb_s": ranking.node_gb_s,
        "n_searched": ranking.n_searched,
        "n_fit": ranking.n_fit,
        "warnings": [str(message) for message in ranking.messages],
    }


def ranking_as_text(ranking: Ranking) -> str:
    """A table of the ties and a few more, fastest first; no trailing newline."""
    arch = ranking.arch
    head = (
        f"{arch.family} {int(arch.n_layers)} layers x {int(arch.d_model)}, "
        f"{format_count(float(arch.params))} parameters, {ranking.stack.name}"
    )
    searched = (
        f"{ranking.n_fit:,} of {ranking.n_searched:,} layouts fit; batch of "
        f"{format_number(ranking.batch, 4)} sequences, network "
        f"{format_number(8 * ranking.node_gb_s, 4)} Gb/s a machine"
    )
    lines = [head, searched, ""]
    if ranking.layouts:
        lines.append(
            f"  {'layout':<38}{'batch':>14}{'step':>10}{'tokens/s':>10}{'memory':>8}{'slower':>8}"
        )
    shown = len(ranking.ties) + _UNTIED_SHOWN
    lines += [_line(layout) for layout in ranking.layouts[:shown]]
    if len(ranking.layouts) > shown:
        lines.append(f"  and {len(ranking.layouts) - shown} slower ones")
    for message in ranking.messages:
        said = f"  ! {message}"
        lines += ["", *textwrap.wrap(said, _WIDTH, subsequent_indent="    ")]
    return "\n".join(lines)


def split_text(setup: Setup) -> str:
    """``"tp 4, pp 8, vp 5, zero1 over 2"``: ranks and shares, without the batch."""
    ranks = (("tp", setup.tp), ("pp", setup.pp), ("vp", setup.vp), ("cp", setup.cp))
    words = [f"{name} {rank}" for name, rank in ranks if rank > 1]
    if setup.dp > 1:
        words.append(f"{setup.sharding.value} over {setup.dp}")
    return ", ".join(words) or "one copy"


def batch_text(setup: Setup) -> str:
    """``"2 x 16, full"``: micro-batch, how many of them, and recomputation if any."""
    words = f"{int(setup.micro_batch)} x {int(setup.grad_accum)}"
    kind = setup.recompute.value
    return words if kind == "none" else f"{words}, {kind}"


def _line(layout: RankedLayout) -> str:
    slower = "tie" if layout.is_tie and layout.slower else f"{layout.slower:.0%}"
    return (
        f"  {split_text(layout.setup):<32}{batch_text(layout.setup):>20}"
        f"{format_count(layout.step_s):>8} s{format_number(layout.tokens_per_s_per_gpu, 3):>10}"
        f"{layout.fill:>8.0%}{slower if layout.slower else 'fastest':>8}"
    )


def _as_dict(layout: RankedLayout) -> dict[str, object]:
    return {
        **layout_as_dict(layout.setup),
        "vp": layout.setup.vp,
        "cp": layout.setup.cp,
        "step_time_s": layout.step_s,
        "tokens_per_s_per_gpu": layout.tokens_per_s_per_gpu,
        "memory_fill": layout.fill,
        "slower": layout.slower,
        "is_tie": layout.is_tie,
    }
