from PySide6.QtGui import QColor

from gui.widgets.memory_bar import MemoryBar


def test_the_bar_is_filled_by_its_shares_and_marked(show):
    bar = MemoryBar()
    show(bar)
    bar.resize(200, bar.sizeHint().height())
    bar.set_shares(0.25, 0.5, 0.9)
    image = bar.grab().toImage()
    middle = image.height() // 2
    colours = {x: QColor(image.pixelColor(x, middle)).rgb() for x in (25, 75, 150)}
    assert len(set(colours.values())) == 3
    assert QColor(image.pixelColor(170, middle)).rgb() == colours[150]
    assert image.pixelColor(180, 1) != image.pixelColor(170, 1)
