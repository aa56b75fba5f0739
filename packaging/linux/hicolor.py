"""Draw the icons of program and plan file from their SVGs into a hicolor tree."""

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def draw_icons(drawing: Path, hicolor: Path, context: str, name: str) -> None:
    """Write `name` in every size and the drawing itself below the theme folder `hicolor`.

    Args:
        drawing: the SVG. One beside it called ``...-small.svg`` serves the sizes up to 24.
        hicolor: the theme folder, such as ``share/icons/hicolor``.
        context: the theme's subfolder: ``apps`` or ``mimetypes``.
        name: of the icon, without a suffix.
    """
    small = drawing.with_name(f"{drawing.stem}-small.svg")
    for size in SIZES:
        source = small if size <= 24 and small.exists() else drawing
        draw(source, size, hicolor / f"{size}x{size}" / context / f"{name}.png")
    scalable = hicolor / "scalable" / context / f"{name}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(drawing, scalable)


def draw(drawing: Path, size: int, picture: Path) -> None:
    """Draw an SVG into a square PNG of `size` pixels."""
    renderer = QSvgRenderer(str(drawing))
    if not renderer.isValid():
        raise SystemExit(f"{drawing} is no SVG that Qt can draw")
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    picture.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(picture)):
        raise SystemExit(f"cannot write {picture}")
