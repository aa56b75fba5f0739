"""Which software a table's words name."""

import pytest

from core.errors import InputError
from core.hardware.devices import devices, find_device
from core.speed.stacks import default_stack, find_stack, recognised, stacks

A100, H100 = find_device("a100_sxm_80"), find_device("h100_sxm")


@pytest.mark.parametrize(
    ("words", "date", "stack"),
    [
        (
            "llm-foundry PyTorch FSDP + Composer (torch 2.1, flash-attn; sweep.sh)",
            "",
            "llm-foundry",
        ),
        ("llm-foundry FSDP + Composer (torch 1.13 era)", "2023-05", "llm-foundry-pure"),
        ("nanoGPT torch.compile", "2023", "nanogpt"),
        ("KellerJordan/modded-nanogpt", "2024-10", "modded-nanogpt"),
        ("karpathy/nanochat d26", "2025", "nanochat"),
        ("llm.c CUDA+cuDNN", "2024", "llm-c"),
        ("TinyLlama (lit-gpt fork)", "2023", "tinyllama"),
        ("foundation-model-stack/fms-fsdp FSDP+compile", "2024", "ibm-fsdp-compile"),
        ("IBM FSDP + torch.compile", "2024", "ibm-fsdp-compile"),
        ("Megatron-Core", "2024-07", "megatron-core"),
        ("NVIDIA/Megatron-LM README mcore v0.8", "", "megatron-core"),
        ("Megatron-LM", "2020-09", "megatron-2020"),
        ("Megatron-LM 2021 (no flash-attn)", "", "megatron-2021"),
        ("flash-attention-train Megatron-LM 2022", "2023-01", "megatron-2022"),
        ("Korthikanti 2022 Megatron selective + SP", "2022-05", "korthikanti-2022"),
        ("torchtitan FSDP2 + torch.compile", "2024", "torchtitan-compile"),
        ("torchtitan FSDP2 eager", "2024", "torchtitan-eager"),
        ("MaxText FSDP", "2025", "maxtext"),
        ("dgxc-benchmarking MaxText FSDP", "2025", "maxtext-dgxc"),
        ("PaxML FSDP+DP", "2025", "paxml"),
        ("NeMo 23.08", "", "nemo-2023"),
        ("NeMo framework", "2023-11", "nemo-2023"),
        ("NeMo 25.02/25.04", "2025", "nemo"),
        ("DeepSpeed ZeRO-3", "2024", "deepspeed"),
        ("InternEvo 7B", "2024", "internevo"),
        ("pytorch/torchtune full fine-tune", "2024", "torchtune"),
        ("Pythia GPT-NeoX", "2023", "gpt-neox"),
        ("BigScience Megatron-DeepSpeed tr11", "2022", "bigscience"),
        ("HuggingFace eager", "2023-01", "hf-eager"),
        ("FlashAttention training repo", "2023-01", "flash-attention"),
        ("something with torch.compile", "", "pytorch-fsdp-compile"),
        ("in-house FSDP, eager", "", "pytorch-eager"),
    ],
)
def test_published_sources_are_recognised_whatever_the_case(words, date, stack):
    assert recognised(words, A100, date).id == stack
    assert recognised(words.upper(), H100, date).id == stack


def test_words_that_name_no_software_give_none():
    assert recognised("my own cluster", A100) is None


def test_early_blackwell_has_a_phi_of_its_own_unless_the_stack_was_measured_there():
    assert recognised("torchtitan compile", find_device("b200_sxm")).id == "blackwell-early"
    assert recognised("NeMo 25.05", find_device("gb200")).id == "nemo"


def test_phi_goes_by_chip_where_chips_were_measured_apart():
    stack = find_stack("ibm-fsdp-compile")
    assert stack.phi_on(A100) == 1.12
    assert stack.phi_on(H100) == 1.28
    assert stack.phi_on(find_device("l40s")) == stack.phi


def test_every_stack_says_where_its_phi_comes_from():
    for stack in stacks().values():
        assert stack.source
        assert stack.phi_low <= stack.phi <= stack.phi_high
        assert stack.kernels in ("2023", "today")
        assert stack.error_class in ("fitted", "measured", "preset")


def test_stacks_are_found_by_id_or_name_and_others_are_refused():
    assert find_stack(" NanoGPT ").id == "nanogpt"
    with pytest.raises(InputError) as caught:
        find_stack("caffe")
    assert caught.value.field == "stack"
    assert "torchtitan-compile" in caught.value.expected


def test_every_device_has_a_usual_stack():
    assert default_stack(H100).id == "pytorch-fsdp-compile"
    assert default_stack(find_device("tpu_v5p")).id == "maxtext"
    for device in devices().values():
        assert default_stack(device).phi > 0
