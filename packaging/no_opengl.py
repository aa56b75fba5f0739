"""Stands in for PySide6.QtOpenGL and QtOpenGLWidgets in the bundle: 11 MB that nobody calls.

pyqtgraph imports both for drawings on the graphics card, which Isoloss never asks it for, and
needs no more of them than a class to derive from.
"""

from PySide6.QtWidgets import QWidget


class QOpenGLWidget(QWidget):
    """A name for pyqtgraph's ``isinstance``; no drawing of ours is one."""
