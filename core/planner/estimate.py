"""One training as it is described: how fast, how much memory, and what is odd about it."""

from dataclasses import dataclass

from core.errors import InputError
from core.families.architecture import Architecture
from core.families.counting import FlopRule
from core.families.linter import findings
from core.memory import Advice, Memory, advise, memory_of, warnings_of
from core.messages import Message
from core.speed.estimate import SpeedEstimate, check_phi, estimate_speed
from core.speed.stacks import Stack
from core.training import Setup


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What a described training does.

    Attributes:
        arch, setup, stack: what was described.
        speed: tokens a second with interval, step time, utilisation.
        memory: of the fullest GPU.
        flops_per_token: training FLOP of a token by convention, recomputation left out.
        warnings: worst news first; the shape linter's come last.
    """

    arch: Architecture
    setup: Setup
    stack: Stack
    speed: SpeedEstimate
    memory: Memory
    flops_per_token: dict[FlopRule, float]
    warnings: tuple[Message, ...]


def estimate(
    arch: Architecture,
    setup: Setup,
    stack: Stack,
    measured_tokens_per_s_per_gpu: float | None = None,
    phi: float | None = None,
) -> RunEstimate:
    """Speed, memory and warnings of one training.

    Args:
        arch: a whole shape.
        setup: GPUs, batch and layout.
        stack: training program.
        measured_tokens_per_s_per_gpu: of the user's own run of exactly this.
        phi: measured time over the roofline's; None for the stack's.

    Raises:
        InputError: a layout that the GPUs cannot be split into, a speed or a phi that cannot be
            true.
    """
    check_layout(arch, setup)
    if phi is not None and measured_tokens_per_s_per_gpu is None:
        check_phi(arch, setup, stack, phi)
    memory = memory_of(arch, setup)
    fill = float(memory.fill(setup.gpu))
    speed = estimate_speed(arch, setup, stack, measured_tokens_per_s_per_gpu, phi, fill)
    said = {message.code for message in speed.warnings}
    odd = [finding.message for finding in findings(arch, setup.tp, setup.pp)]
    full = [message for message in warnings_of(memory, setup) if message.code not in said]
    return RunEstimate(
        arch=arch,
        setup=setup,
        stack=stack,
        speed=speed,
        memory=memory,
        flops_per_token={rule: float(arch.flops_per_token(rule)) for rule in FlopRule},
        warnings=(*speed.warnings, *full, *odd),
    )


def advice(run: RunEstimate, global_batch: float | None = None) -> Advice:
    """Does it fit, with what batch, and what would make it fit.

    Args:
        run: what was described.
        global_batch: wanted sequences of a step on all GPUs.
    """
    return advise(run.arch, run.setup, global_batch=global_batch)


def check_layout(arch: Architecture, setup: Setup) -> None:
    """Whether the GPUs can be split like that.

    Raises:
        InputError: ranks that do not divide the GPUs, more stages than layers, virtual stages
            without a pipeline.
    """
    ranks = setup.tp * setup.pp * setup.cp
    layers = f"{arch.n_layers:g}"
    if setup.n_gpus % ranks:
        raise InputError("n_gpus", setup.n_gpus, f"a multiple of tp x pp x cp = {ranks}")
    if setup.pp > arch.n_layers:
        raise InputError("pp", setup.pp, f"at most n_layers = {layers}")
    if setup.vp > 1 and setup.pp == 1:
        raise InputError("vp", setup.vp, "1 without a pipeline (pp = 1)")
    if setup.vp * setup.pp > arch.n_layers:
        raise InputError("vp", setup.vp, f"at most n_layers / pp = {layers} / {setup.pp}")
    if setup.cp > arch.seq_len:
        raise InputError("cp", setup.cp, f"at most seq_len = {arch.seq_len:g}")
