"""A person's own profiles stand first among the GPUs, with how far they are off."""

import pytest
from PySide6.QtWidgets import QApplication

from core.calibration.messages import DeviceInfo, StepMeasurement
from core.calibration.points import architecture_of
from core.calibration.profile import make_profile
from core.calibration.profiles import delete_profile, keep_profile
from core.calibration.result import Calibration
from core.speed.calibrated import TERMS, Calibrated

TRUTH = {"matmul": 1e-14, "layers_memory": 4e-12, "logits": 5e-12, "launch": 2e-4, "fixed": 1e-3}


def step(width, layers, batch):
    """A training step of a card that is slower by 2 % on every other shape."""
    values = {
        **{"stack": "decoder", "n_layers": layers, "d_model": width, "n_heads": width // 64},
        **{"d_ff": 3 * width, "vocab": 8192, "seq_len": 512, "micro_batch": batch},
        **{"precision": "bf16", "compile": False, "processes": 1, "step_time_spread": 0.0},
        **{"repeats": 20, "warmup": 2, "params": 10**6, "params_non_embedding": 10**6},
    }
    form = Calibrated(
        "truth", "decoder", "bf16", tuple(TRUTH.get(n, 0.0) for n in TERMS), 1.0, 0.0, ()
    )
    arch = architecture_of(StepMeasurement(**values, step_time_s=1.0, tokens_per_s=1.0))
    seconds = float(form.step_seconds(arch, float(batch))) * (1.02 if layers % 3 else 1.0)
    return StepMeasurement(**values, step_time_s=seconds, tokens_per_s=batch * 512 / seconds)


@pytest.fixture
def kept(folder):
    shapes = [(width, layers) for width in (256, 512, 1024, 2048) for layers in (2, 3, 4, 6, 8)]
    steps = tuple(step(width, layers, 1 + n % 4) for n, (width, layers) in enumerate(shapes))
    device = {"schema": 1, "date": "2026-11-22T12:00:00Z", "device": "cuda:0", "kind": "cuda"}
    about = {"name": "NVIDIA GeForce RTX 4090", "torch": "2.13.0", "memory_bytes": 24 * 2**30}
    run = Calibration(device=DeviceInfo(**device, **about), measurements=steps)
    return keep_profile(make_profile(run, "This PC"))


def test_a_profile_stands_first_with_its_held_out_error(kept, make_dialog, look):
    page = make_dialog().gpus
    held_out = kept.profile.fits[0].roofline.held_out
    assert look.cells(page, "GPU")[0] == "This PC"
    assert look.cells(page, "unseen shapes, % off")[:2] == [f"{100 * held_out.median:.1f}", "–"]
    assert look.cells(page, "origin")[0] == "measured by you"
    page.choose(str(kept.path))
    said = " ".join(page.detail.texts())
    assert "Measured by you on 2026-11-22" in said
    assert f"{100 * held_out.largest:.1f} % at most" in said


def test_a_profile_is_changed_where_it_was_measured(kept, make_dialog):
    page = make_dialog().gpus
    page.choose(str(kept.path))
    for button in (page.copy_button, page.edit_button, page.remove_button):
        assert not button.isEnabled()
    page.choose("h100_sxm")
    assert page.copy_button.isEnabled()


def test_without_profiles_there_is_no_column_for_them(dialog, look):
    assert "unseen shapes, % off" not in look.titles(dialog.gpus)
    assert "measured by you" not in look.cells(dialog.gpus, "origin")


def test_profiles_that_come_and_go_are_followed(kept, make_dialog, look):
    dialog = make_dialog()
    delete_profile(kept.path)
    dialog.hide()
    dialog.show()
    QApplication.processEvents()
    assert "This PC" not in look.cells(dialog.gpus, "GPU")
