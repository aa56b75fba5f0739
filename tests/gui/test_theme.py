import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit

from gui.style_sheet import style_sheet
from gui.theme import DARK, LIGHT, ThemeManager, load_fonts

TEXT_ON_GROUND = [
    *((ink, ground) for ink in ("ink", "muted") for ground in ("background", "card", "field")),
    ("muted", "line"),  # a disabled primary button
    ("ink", "accent_wash"),
    ("muted", "accent_wash"),
    ("accent", "background"),
    ("accent", "card"),
    ("accent", "accent_wash"),
    ("accent_ink", "accent"),
    ("warning_ink", "warning_wash"),
    ("error", "background"),
    ("error", "card"),
    ("error", "field"),
]
SIGN_ON_GROUND = [
    (sign, ground)
    for sign in ("field_line", "accent", "error", "frontier", "size_line")
    for ground in ("card", "field")
]


def luminance(colour):
    def linear(channel):
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    parsed = QColor(colour)
    red, green, blue = (linear(c) for c in (parsed.redF(), parsed.greenF(), parsed.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture
def manager(qapp):
    style, palette, font = qapp.style().name(), qapp.palette(), qapp.font()
    load_fonts()
    manager = ThemeManager(qapp, "light")
    manager.dress()
    yield manager
    manager.set_mode("system")
    manager.deleteLater()
    qapp.setStyleSheet("")
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_stands_out_from_its_ground(theme, text, ground):
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("sign", "ground"), SIGN_ON_GROUND)
def test_lines_that_mean_something_stand_out_from_their_ground(theme, sign, ground):
    assert contrast(getattr(theme, sign), getattr(theme, ground)) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_style_sheet_has_no_loose_brace(theme):
    sheet = style_sheet(theme)
    assert sheet.count("{") == sheet.count("}")
    assert "{{" not in sheet


def test_a_change_of_mode_reaches_widgets_that_are_shown(qtbot, manager):
    edit, label = QLineEdit(), QLabel("note")
    label.setProperty("role", "note")
    for widget in (edit, label):
        qtbot.addWidget(widget)
        widget.show()
    assert label.palette().windowText().color() == QColor(LIGHT.muted)
    with qtbot.waitSignal(manager.changed) as caught:
        manager.set_mode("dark")
    assert caught.args == [DARK]
    assert manager.theme is DARK
    assert label.palette().windowText().color() == QColor(DARK.muted)
    assert edit.palette().text().color() == QColor(DARK.ink)


def test_the_system_decides_in_system_mode(manager):
    manager.set_mode("system")
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert manager.theme is (DARK if dark else LIGHT)
    assert manager.mode == "system"
