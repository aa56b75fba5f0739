import pytest

from gui.plots.color_bar import ColorBar
from gui.plots.colours import SizeScale
from gui.theme import DARK, LIGHT


@pytest.fixture
def bar(qtbot):
    bar = ColorBar(LIGHT)
    qtbot.addWidget(bar)
    bar.set_scale(SizeScale(6e4, 6e7))
    bar.resize(bar.sizeHint())
    return bar


def colours(bar):
    image = bar.grab().toImage()
    scale, rect = image.devicePixelRatio(), bar.bar_rect(bar.width())
    places = [(rect.left() + f * rect.width(), rect.center().y()) for f in (0.02, 0.5, 0.98)]
    return [image.pixelColor(round(x * scale), round(y * scale)) for x, y in places]


def test_runs_from_dark_to_bright(bar):
    small, middle, large = colours(bar)
    assert small.lightnessF() < middle.lightnessF() < large.lightnessF() + 0.1
    assert small != large


def test_follows_the_theme(bar):
    before = colours(bar)
    bar.set_theme(DARK)
    assert colours(bar)[0] != before[0]


def test_says_what_it_means(bar):
    assert bar.accessibleName() == "Colour of the runs: non-embedding parameters"
    assert bar.accessibleDescription() == "from 60.0 k to 60.0 M"


@pytest.mark.parametrize("width", [100, 160, 300, 600])
def test_bar_and_its_labels_fit_any_width(bar, width):
    bar.resize(width, bar.height())
    rect = bar.bar_rect(bar.width())
    assert rect.left() >= 16
    assert rect.right() <= width - 16


def test_one_single_size_is_no_error(bar):
    bar.set_scale(SizeScale(1e6, 1e6))
    assert not bar.grab().isNull()
