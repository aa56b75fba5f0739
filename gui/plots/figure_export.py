"""One plot, or several in a column, as PNG and SVG; a failed write keeps the old file."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from core.files import write_atomically
from gui.plots.log_plot import LogPlot


class Legend(Protocol):
    """What explains colours above the plots."""

    def sizeHint(self) -> QSize:
        """Its size on paper."""

    def paint_on(self, painter: QPainter, total: float) -> None:
        """Draw it into a width of ``total``."""


PNG_SCALE = 3.0
_LEGEND_MARGIN = 8
# Whoever opens the file may not have Inter; these are about as wide.
_FONTS_ELSEWHERE = b'"Inter, Helvetica, Arial, Liberation Sans, sans-serif"'


def save_png(
    plots: Sequence[LogPlot], path: Path, scale: float = PNG_SCALE, legend: Legend | None = None
) -> None:
    """Write ``plots``, one under the other, at ``scale`` times their size on screen.

    Raises:
        OSError: the file cannot be written; the old one is untouched.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(render_image(plots, scale, legend)):
        raise OSError(f"cannot encode {path.name} as PNG")
    write_atomically(path, bytes(buffer.data().data()))


def save_svg(
    plots: Sequence[LogPlot], path: Path, title: str = "", legend: Legend | None = None
) -> None:
    """Write ``plots``, one under the other, as vector graphics.

    Raises:
        OSError: the file cannot be written; the old one is untouched.
    """
    size = _size(plots, legend)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # Version 1.1 keeps clipping; Tiny 1.2, the default, lets curves run out of the plot.
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setTitle(title)
    generator.setResolution(plots[0].logicalDpiX())
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    painter = QPainter(generator)
    painter.fillRect(QRect(QPoint(), size), QColor(plots[0].theme.card))
    _paint(plots, painter, 1.0, legend)
    painter.end()
    write_atomically(path, bytes(buffer.data().data()).replace(b'"Inter"', _FONTS_ELSEWHERE))


def render_image(
    plots: Sequence[LogPlot], scale: float = PNG_SCALE, legend: Legend | None = None
) -> QImage:
    """``plots`` as a picture, for a file or the clipboard."""
    image = QImage(_size(plots, legend) * scale, QImage.Format.Format_RGB32)
    image.fill(plots[0].theme.card)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    _paint(plots, painter, scale, legend)
    painter.end()
    return image


def _paint(
    plots: Sequence[LogPlot], painter: QPainter, pen_scale: float, legend: Legend | None
) -> None:
    top = 0.0
    with ExitStack() as stack:
        for plot in plots:
            stack.enter_context(plot.exporting(pen_scale))
        if legend is not None:
            width = plots[0].viewport().width()
            painter.save()
            painter.translate(0, _LEGEND_MARGIN)
            legend.paint_on(painter, width)
            painter.restore()
            top += legend.sizeHint().height() + _LEGEND_MARGIN
        for plot in plots:
            source = plot.viewport().rect()
            plot.render(painter, QRectF(0, top, source.width(), source.height()), source)
            top += source.height()


def _size(plots: Sequence[LogPlot], legend: Legend | None) -> QSize:
    rects = [plot.viewport().rect() for plot in plots]
    header = 0 if legend is None else legend.sizeHint().height() + _LEGEND_MARGIN
    return QSize(max(r.width() for r in rects), sum(r.height() for r in rects) + header)
