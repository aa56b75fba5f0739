"""The two ways to point to a Python: the program itself, or the folder of its environment."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QPushButton

translate = QCoreApplication.translate


def add_choose_menu(button: QPushButton) -> QMenu:
    """Let a button ask which; the first action is the folder, the second the program."""
    menu = QMenu(button)
    menu.setToolTipsVisible(True)
    folder = menu.addAction(translate("Calibrate", "An &environment's folder…"))
    folder.setToolTip(translate("Calibrate", "What venv, conda, mamba or uv has made"))
    program = menu.addAction(translate("Calibrate", "A Python &program…"))
    program.setToolTip(translate("Calibrate", "The interpreter itself, such as bin/python"))
    button.setMenu(menu)
    return menu
