from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from gui.plots.figure_export import render_image, save_png, save_svg
from gui.theme import LIGHT

SVG = "{http://www.w3.org/2000/svg}"


def test_png_is_three_times_as_large_and_shows_the_frontier(loss_plot, size_plot, tmp_path):
    path = tmp_path / "figure.png"
    save_png([loss_plot, size_plot], path)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (3 * 620, 3 * (450 + 270))
    assert _thickness(image, loss_plot, LIGHT.frontier, 3) >= 5


def test_png_lines_grow_with_the_scale(loss_plot):
    thin = _thickness(render_image([loss_plot], 1.0), loss_plot, LIGHT.frontier, 1)
    thick = _thickness(render_image([loss_plot], 4.0), loss_plot, LIGHT.frontier, 4)
    assert thick >= 3 * max(thin, 1)


def test_export_leaves_the_screen_as_it_was(loss_plot, size_plot, tmp_path):
    before = [plot.grab().toImage() for plot in (loss_plot, size_plot)]
    save_png([loss_plot, size_plot], tmp_path / "a.png")
    save_svg([loss_plot, size_plot], tmp_path / "a.svg")
    assert [plot.grab().toImage() for plot in (loss_plot, size_plot)] == before


def test_svg_has_unfilled_curves_and_words(loss_plot, size_plot, tmp_path):
    path = tmp_path / "figure.svg"
    save_svg([loss_plot, size_plot], path, "a & b")
    root = ElementTree.parse(path).getroot()
    texts = {(node.text or "").strip() for node in root.iter(f"{SVG}text")}
    assert {"10¹⁶", "4.0", "frontier", "extrapolated", "validation loss, nats"} <= texts
    red = [g for g in root.iter(f"{SVG}g") if g.get("stroke") == LIGHT.frontier]
    curves = [g for g in red if g.find(f"{SVG}path") is not None and g.get("fill") == "none"]
    assert len(curves) >= 2
    assert {g.get("stroke-width") for g in curves} == {"2"}
    assert not list(root.iter(f"{SVG}image"))
    paths = [node for group in curves for node in group.iter(f"{SVG}path")]
    assert {node.get("vector-effect") for node in paths} == {"none"}  # they grow with the figure
    assert b"<clipPath" in path.read_bytes()


def test_svg_looks_like_the_png(loss_plot, size_plot, tmp_path):
    plots = [loss_plot, size_plot]
    loss_plot.zoom(0.3)  # curves now run out of the plot area and must be cut there
    path = tmp_path / "figure.svg"
    save_svg(plots, path)
    wanted = render_image(plots, 1.0)
    drawn = QImage(wanted.size(), wanted.format())
    drawn.fill(QColor(LIGHT.card))
    painter = QPainter(drawn)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    assert np.mean(np.abs(_grey(drawn) - _grey(wanted)) > 60) < 0.01
    assert np.mean(_grey(wanted) < 200) > 0.01


@pytest.mark.parametrize("save", [save_png, save_svg])
def test_a_failed_write_says_why_and_keeps_the_old_file(loss_plot, tmp_path, save):
    with pytest.raises(OSError, match="nowhere"):
        save([loss_plot], tmp_path / "nowhere" / "figure")
    assert not (tmp_path / "nowhere").exists()


def _grey(image):
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    flat = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return flat[:, : grey.width()].astype(int)


def _thickness(image, plot, colour, scale):
    """Rows of the frontier's colour in a column left of the budget line."""
    wanted = QColor(colour)
    x = round((plot.line.pos().x() + 60 - 40) * scale)

    def near(y):
        seen = image.pixelColor(x, y)
        channels = zip(seen.getRgb(), wanted.getRgb(), strict=True)
        return all(abs(a - b) < 60 for a, b in channels)

    return sum(near(y) for y in range(round(430 * scale)))
