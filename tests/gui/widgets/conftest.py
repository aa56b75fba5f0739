import pytest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget


@pytest.fixture
def show(qtbot):
    """Show widgets in an active window, with a field beside them that has the focus."""
    windows = []

    def shown(*widgets):
        window = QWidget()
        layout = QVBoxLayout(window)
        elsewhere = QLineEdit(window)
        layout.addWidget(elsewhere)
        for widget in widgets:
            layout.addWidget(widget)
        qtbot.addWidget(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        elsewhere.setFocus()
        window.elsewhere = elsewhere
        windows.append(window)
        return window

    yield shown
    windows.clear()
