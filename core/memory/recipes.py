"""What a framework keeps for every parameter and every number of a forward pass.

Rajbhandari et al. 2020 (arXiv 1910.02054), section 3.1, counts 2 + 2 + 12 bytes per parameter for
mixed-precision Adam; frameworks differ in the gradient (2 or 4) and in where the fp32 copy of the
weights lives, and in what their kernels fuse.
"""

from dataclasses import dataclass

from core.errors import InputError
from core.training import Setup


@dataclass(frozen=True, slots=True)
class Recipe:
    """Optimizer, precision and kernels of a training loop.

    Attributes:
        id: name on the command line and in files.
        weights: bytes per parameter, kept between steps.
        gradients: bytes per parameter, kept between micro-batches.
        optimizer: bytes per parameter of master copy, moments and what the step needs beside them.
        computing: bytes of a weight while a layer works with it.
        summing: bytes of a gradient while it is summed over micro-batches.
        logit: bytes per logit at the peak of the loss, in 16-bit training.
        sequence_parallel: whether tensor-parallel ranks also split norms and inputs.
        eager: whether autograd keeps what hand-written layers compute or gather again: the output
            of the gate's activation function, and inputs gathered over the sequence.
        dropout: whether two dropout masks a layer are kept.
        buckets: bytes of communication buffers of a fixed size.
    """

    id: str
    weights: float
    gradients: float
    optimizer: float
    computing: float = 2.0
    summing: float = 4.0
    logit: float = 8.0
    sequence_parallel: bool = True
    eager: bool = False
    dropout: bool = False
    buckets: float = 0.0

    @property
    def bytes_per_param(self) -> float:
        """All that is kept between steps."""
        return self.weights + self.gradients + self.optimizer


# logits in 16 bits, their fp32 copy, its log-softmax, and its gradient: 2 + 4 + 4 + 4
_UNFUSED_LOGIT = 14.0
# reduce_bucket_size and allgather_bucket_size of 5e8 numbers each, DeepSpeed's defaults
_DEEPSPEED_BUCKETS = 2 * 5e8 * 2

ADAMW_MIXED = Recipe("adamw_mixed", 2, 2, 12)  # 16-bit weights, fp32 master and two moments
RECIPES = {
    recipe.id: recipe
    for recipe in (
        ADAMW_MIXED,
        Recipe("megatron", 2, 4, 12),  # gradients are summed in fp32
        Recipe("nanotron", 2, 4, 12, logit=_UNFUSED_LOGIT, eager=True),
        # at the step, the gradients of a rank's own shard are copied to fp32
        Recipe("deepspeed_fp16", 2, 2, 16, sequence_parallel=False, buckets=_DEEPSPEED_BUCKETS),
        # 16-bit gradients and their fp32 sums, neither sharded by ZeRO-1
        Recipe("deepspeed_bf16", 2, 6, 12, sequence_parallel=False, buckets=_DEEPSPEED_BUCKETS),
        Recipe("pytorch", 4, 4, 8, logit=_UNFUSED_LOGIT),  # autocast, FSDP's mixed precision
        Recipe("pytorch_compiled", 4, 4, 8),  # the loss too
        Recipe("pytorch_fused_loss", 4, 4, 8, logit=4),  # gradients in the place of logits
        Recipe("adamw_bf16", 2, 2, 4, summing=2),  # everything in 16 bits
        Recipe("adamw_fp32", 4, 4, 8, computing=4),
        Recipe("adamw_8bit", 2, 2, 6),  # fp32 master, moments of a byte (arXiv 2110.02861)
        Recipe("adamw_8bit_bf16", 2, 2, 2, summing=2),  # the same without a master
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe called ``name``, whatever its case.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    found = RECIPES.get(name.casefold())
    if found is None:
        raise InputError("optimizer", name, f"one of {', '.join(RECIPES)}")
    return found


def recipe_of(setup: Setup) -> Recipe:
    """What the setup names, or what is usual in its precision.

    Raises:
        InputError: no such recipe or precision.
    """
    return find_recipe(setup.optimizer) if setup.optimizer else recipe_for(setup.precision)


def recipe_for(precision: str) -> Recipe:
    """What is assumed for ``precision`` where nobody names a recipe: AdamW, fused kernels.

    Raises:
        InputError: no such precision.
    """
    if precision == "fp32":
        return RECIPES["adamw_fp32"]
    if precision in ("bf16", "fp16", "fp8"):
        return ADAMW_MIXED
    raise InputError("precision", precision, "bf16, fp16, fp32 or fp8")
