"""What a training run needs of a GPU's memory, and what fits: the one door."""

from core.memory.advice import Advice, advise, fewest_gpus, largest_micro_batch
from core.memory.messages import warnings_of
from core.memory.model import MOST_OF_THE_DEVICE, Memory, memory_of
from core.memory.recipes import ADAMW_MIXED, RECIPES, Recipe, find_recipe, recipe_for

__all__ = [
    "ADAMW_MIXED",
    "MOST_OF_THE_DEVICE",
    "RECIPES",
    "Advice",
    "Memory",
    "Recipe",
    "advise",
    "fewest_gpus",
    "find_recipe",
    "largest_micro_batch",
    "memory_of",
    "recipe_for",
    "warnings_of",
]
