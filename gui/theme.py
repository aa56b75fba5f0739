"""Design tokens, light and dark, and the one place that applies them to the application."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources
from gui.style_sheet import style_sheet

Mode = Literal["system", "light", "dark"]
FONT_FAMILY = "Inter"
FONT_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")


@dataclass(frozen=True)
class Theme:
    """Colours as ``#rrggbb``; contrast of text on its ground is at least 4.5 (a test holds it)."""

    name: str
    background: str
    card: str
    field: str
    line: str
    field_line: str
    ink: str
    muted: str
    accent: str
    accent_ink: str
    accent_wash: str
    frontier: str
    size_line: str
    warning_ink: str
    warning_wash: str
    error: str
    colormap_low: float
    colormap_high: float


LIGHT = Theme(
    name="light",
    background="#f6f7f9",
    card="#ffffff",
    field="#f6f7f9",
    line="#e3e6eb",
    field_line="#848e9d",
    ink="#12161c",
    muted="#5b6573",
    accent="#0b6bcb",
    accent_ink="#ffffff",
    accent_wash="#e8f1fb",
    frontier="#c4262e",
    size_line="#cf7a26",
    warning_ink="#7a4b00",
    warning_wash="#fff4de",
    error="#b3261e",
    colormap_low=0.0,
    colormap_high=0.9,
)
DARK = Theme(
    name="dark",
    background="#14171c",
    card="#1c2027",
    field="#14171c",
    line="#2c323b",
    field_line="#6b7685",
    ink="#eef1f5",
    muted="#9aa5b4",
    accent="#5aa7f5",
    accent_ink="#0d1116",
    accent_wash="#1d2b3b",
    frontier="#ff6b6b",
    size_line="#e0913f",
    warning_ink="#f3c26b",
    warning_wash="#33291a",
    error="#ff8a80",
    colormap_low=0.3,
    colormap_high=1.0,
)


def load_fonts() -> None:
    """Register the bundled Inter weights with Qt; needs a QGuiApplication."""
    for name in FONT_FILES:
        QFontDatabase.addApplicationFont(str(resources.path(f"fonts/{name}")))


class ThemeManager(QObject):
    """Follows the system's colour scheme, or a chosen one, and says when it changes.

    The style sheet comes with `dress`, once the first window is built: with it in force every
    widget that goes into a layout is styled anew, a third of the time that a window takes.
    """

    changed = Signal(object)  # Theme

    def __init__(self, app: QApplication, mode: Mode = "system") -> None:
        super().__init__(app)
        self._app = app
        self._mode: Mode = mode
        app.setStyle("Fusion")  # one look on every system that a palette can colour fully
        font = QFont(FONT_FAMILY)
        font.setPixelSize(13)
        app.setFont(font)
        self._is_dressed = False
        self.set_mode(mode)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)

    @property
    def mode(self) -> Mode:
        """The choice: follow the system, or stay light or dark."""
        return self._mode

    @property
    def theme(self) -> Theme:
        """The tokens in force."""
        if self._mode == "system":
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
            return DARK if dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def set_mode(self, mode: Mode) -> None:
        """Choose ``system``, ``light`` or ``dark``; every window follows at once."""
        self._mode = mode
        schemes = {
            "system": Qt.ColorScheme.Unknown,
            "light": Qt.ColorScheme.Light,
            "dark": Qt.ColorScheme.Dark,
        }
        QGuiApplication.styleHints().setColorScheme(schemes[mode])
        self._apply()

    def dress(self) -> None:
        """Style every window that there is, and from now on follow each change."""
        self._is_dressed = True
        self._app.setStyleSheet(style_sheet(self.theme))

    def _apply(self) -> None:
        theme = self.theme
        self._app.setPalette(_palette(theme))
        if self._is_dressed:
            self._app.setStyleSheet(style_sheet(theme))
        self.changed.emit(theme)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.background,
        role.WindowText: theme.ink,
        role.Base: theme.card,
        role.AlternateBase: theme.background,
        role.Text: theme.ink,
        role.Button: theme.card,
        role.ButtonText: theme.ink,
        role.ToolTipBase: theme.card,
        role.ToolTipText: theme.ink,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_ink,
        role.Link: theme.accent,
        role.Accent: theme.accent,
        role.Mid: theme.line,  # grooves, which no style sheet reaches in a painted widget
    }
    for key, colour in colours.items():
        palette.setColor(key, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, key, QColor(theme.muted))
    return palette
