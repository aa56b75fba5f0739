"""The program's icon for Windows (.ico) and macOS (.icns), drawn from resources/icons/isoloss.svg.

python packaging/icons.py            packaging/windows/isoloss.ico, packaging/macos/isoloss.icns
python packaging/icons.py FILE...    these; the suffix says which
"""

import io
import os
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
SVG = HERE.parent / "resources" / "icons" / "isoloss.svg"
SIZES = {".ico": (16, 20, 24, 32, 40, 48, 64, 128, 256), ".icns": (32, 64, 128, 256, 512, 1024)}
DEFAULT = (HERE / "windows" / "isoloss.ico", HERE / "macos" / "isoloss.icns")


def draw(size: int) -> Image.Image:
    """The icon at that many pixels, each size drawn on its own so that it is sharp."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(data.data())).convert("RGBA")


def write(path: Path) -> None:
    """Write the icon in the format that the suffix names."""
    pictures = [draw(size) for size in SIZES[path.suffix]]
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".ico":
        sizes = [(size, size) for size in SIZES[".ico"]]
        pictures[-1].save(path, sizes=sizes, append_images=pictures[:-1])
    else:
        pictures[-1].save(path, append_images=pictures[:-1])


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for target in map(Path, sys.argv[1:]) if sys.argv[1:] else DEFAULT:
        write(target)
