"""Models and machines that the memory tests share."""

import pytest

from core.families.library import find_family
from core.hardware.devices import find_device
from core.training import Setup, Sharding


@pytest.fixture
def llama_8b():
    return find_family("llama").architecture(32, 4096, 32, 8, 14_336, 128_256)


@pytest.fixture
def gpt3():
    return find_family("gpt2").architecture(96, 12_288, 96, 96, 49_152, 51_200, True, 2_048)


@pytest.fixture
def node():
    """Eight H100, states sharded."""
    return Setup(find_device("h100_sxm"), n_gpus=8, sharding=Sharding.FSDP)
