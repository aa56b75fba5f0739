"""A plan for many GPUs, and the window with its layouts."""

import pytest

from gui.views.layouts.dialog import LayoutsDialog, show_layouts


@pytest.fixture
def plan_many(window, hands):
    """Plans a week on GPUs of today."""

    def plan_many(n_gpus=64, **changes):
        asked = {
            "gpu": "h100_sxm",
            "n_gpus": n_gpus,
            "value": 168.0,
            "law": "hoffmann-2022",
            "stack": "nemo",
            "batch_tokens": 4e6,
        }
        window.session.edit("many GPUs", **(asked | changes))
        window.session.end_step()
        hands.settle()
        return window.session.plan

    return plan_many


@pytest.fixture
def dialog(qtbot, window, plan_many):
    plan_many()
    dialog = show_layouts(window, window.session)
    qtbot.waitUntil(lambda: dialog.model.rows != ())
    assert isinstance(dialog, LayoutsDialog)
    return dialog
