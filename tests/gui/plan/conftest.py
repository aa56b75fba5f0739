"""A plan for today's hardware in the real window."""

import pytest

LAW = "besiroglu-2024"


@pytest.fixture(autouse=True)
def own_catalogue(tmp_path, monkeypatch):
    """Nobody's own prices and GPUs."""
    monkeypatch.setenv("ISOLOSS_DATA", str(tmp_path / "catalogue"))


@pytest.fixture
def today(window, hands):
    """The window with eight H100 for a day, by a law of sizes and tokens."""
    window.session.edit("today", gpu="h100_sxm", n_gpus=8, law=LAW, value=24.0)
    hands.settle()
    return window


@pytest.fixture
def texts():
    """What can be read on a widget."""
    from PySide6.QtWidgets import QLabel

    def read(widget):
        return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]

    return read


@pytest.fixture
def wait_for_choice(window, hands, qtbot):
    """Waits until the best GPU is found."""

    def wait():
        qtbot.waitUntil(lambda: not window.session.is_choosing, timeout=60_000)
        hands.settle()

    return wait
