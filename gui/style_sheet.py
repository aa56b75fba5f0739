"""The style sheet of the whole application, written from the tokens of a theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import resources

if TYPE_CHECKING:
    from gui.theme import Theme


def style_sheet(theme: Theme) -> str:
    """Qt style sheet for ``theme``.

    Widgets are chosen by the dynamic property ``role`` (card, title, value, hero, unit, note,
    warning, error, notice, primary, quiet, link, inline), never by object name.
    """
    return "".join(
        part(theme)
        for part in (_text, _surfaces, _fields, _check_boxes, _buttons, _tabs, _tables, _bars)
    )


def _icon(name: str, theme: Theme) -> str:
    return f'url("{resources.path(f"icons/{name}-{theme.name}.svg").as_posix()}")'


def _text(theme: Theme) -> str:
    return f"""
    QWidget {{ color: {theme.ink}; }}
    QWidget:disabled {{ color: {theme.muted}; }}
    QLabel[role="title"] {{ color: {theme.muted}; font-size: 12px; font-weight: 600;
        letter-spacing: 0.4px; text-transform: uppercase; }}
    QLabel[role="hero"] {{ font-size: 30px; font-weight: 600; }}
    QLabel[role="value"] {{ font-size: 19px; font-weight: 600; }}
    QLabel[role="question"] {{ font-size: 15px; font-weight: 600; }}
    QLabel[role="strong"] {{ font-weight: 600; }}
    QLabel[role="empty"] {{ color: {theme.muted}; font-size: 13px; }}
    QLabel[role="caution"] {{ color: {theme.warning_ink}; font-size: 12px; font-weight: 600; }}
    QLabel[role="unit"], QLabel[role="note"] {{ color: {theme.muted}; font-size: 12px; }}
    QLabel[role="error"] {{ color: {theme.error}; font-size: 12px; }}
    QLabel[role="warning"] {{ color: {theme.warning_ink}; background: {theme.warning_wash};
        border-radius: 6px; padding: 8px; font-size: 12px; }}
    """


def _surfaces(theme: Theme) -> str:
    return f"""
    QFrame[role="card"] {{ background: {theme.card}; border: 1px solid {theme.line};
        border-radius: 10px; }}
    QFrame[role="notice"] {{ border-radius: 6px; border: 1px solid transparent; }}
    QFrame[role="notice"][kind="warning"] {{ background: {theme.warning_wash}; }}
    QFrame[role="notice"][kind="info"] {{ background: {theme.accent_wash}; }}
    QFrame[role="notice"][kind="error"] {{ background: {theme.card};
        border-color: {theme.error}; }}
    QLabel[role="notice"] {{ background: transparent; border: none; font-size: 12px; }}
    QWidget[role="notice"][kind="warning"] {{ color: {theme.warning_ink}; }}
    QWidget[role="notice"][kind="info"] {{ color: {theme.ink}; }}
    QWidget[role="notice"][kind="error"] {{ color: {theme.error}; }}
    QToolTip {{ background: {theme.card}; color: {theme.ink};
        border: 1px solid {theme.line}; padding: 6px; }}
    QMenu {{ background: {theme.card}; border: 1px solid {theme.line}; padding: 4px; }}
    QMenu::item {{ padding: 6px 16px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.accent_wash}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QMenuBar {{ background: {theme.background}; }}
    QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {theme.accent_wash}; }}
    """


def _fields(theme: Theme) -> str:
    # A ring of 2 px replaces a border of 1 px, so the padding gives back the difference.
    return f"""
    QLineEdit, QComboBox, QPlainTextEdit, QDateTimeEdit {{ background: {theme.field};
        border: 1px solid {theme.line}; border-radius: 6px; padding: 6px 9px;
        selection-background-color: {theme.accent}; selection-color: {theme.accent_ink}; }}
    QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover, QDateTimeEdit:hover {{
        border-color: {theme.field_line}; }}
    QLineEdit:disabled, QComboBox:disabled {{ background: {theme.card};
        border-color: {theme.line}; }}
    QLineEdit[invalid="true"] {{ border-color: {theme.error}; }}
    QLineEdit:focus, QComboBox:focus, QComboBox:on, QPlainTextEdit:focus, QDateTimeEdit:focus {{
        border: 2px solid {theme.accent}; padding: 5px 8px; }}
    QDateTimeEdit QLineEdit, QDateTimeEdit QLineEdit:focus {{ background: transparent;
        border: none; padding: 0; }}
    QLineEdit[invalid="true"]:focus {{ border-color: {theme.error}; }}
    QComboBox {{ padding-right: 2px; combobox-popup: 0; }}
    QComboBox:focus, QComboBox:on {{ padding-right: 1px; }}
    QComboBox::drop-down {{ subcontrol-origin: border; subcontrol-position: center right;
        width: 28px; border: none; }}
    QComboBox::down-arrow {{ image: {_icon("chevron-down", theme)};
        width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {theme.card}; border: 1px solid {theme.line};
        outline: none; padding: 4px; selection-background-color: {theme.accent_wash};
        selection-color: {theme.ink}; }}
    QComboBox QAbstractItemView:focus {{ border: 1px solid {theme.line}; }}
    QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 6px;
        border-radius: 4px; }}
    QComboBox QAbstractItemView::item:selected, QComboBox QAbstractItemView::item:hover {{
        background: {theme.accent_wash}; color: {theme.ink}; }}
    """


def _check_boxes(theme: Theme) -> str:
    return f"""
    QCheckBox, QRadioButton {{ spacing: 8px; border: 2px solid transparent;
        border-radius: 6px; padding: 2px; }}
    QCheckBox:focus, QRadioButton:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator, QRadioButton::indicator, QTableView::indicator {{
        width: 14px; height: 14px;
        background: {theme.field}; border: 1px solid {theme.field_line}; border-radius: 4px; }}
    QRadioButton::indicator {{ border-radius: 8px; }}
    QCheckBox::indicator:hover, QRadioButton::indicator:hover,
    QTableView::indicator:hover {{ border-color: {theme.accent}; }}
    QCheckBox::indicator:checked, QTableView::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent};
        image: {_icon("check", theme)}; }}
    QRadioButton::indicator:checked {{ background: {theme.card};
        border: 5px solid {theme.accent}; width: 6px; height: 6px; }}
    QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
        border-color: {theme.line}; }}
    QCheckBox::indicator:checked:disabled {{ background: {theme.field_line};
        border-color: {theme.field_line}; }}
    """


def _buttons(theme: Theme) -> str:
    return f"""
    QPushButton {{ background: {theme.card}; border: 2px solid {theme.line};
        border-radius: 6px; padding: 4px 12px; font-weight: 600; }}
    QPushButton:hover {{ border-color: {theme.field_line}; }}
    QPushButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:disabled {{ color: {theme.muted}; border-color: {theme.line}; }}
    QPushButton[role="primary"] {{ background: {theme.accent}; color: {theme.accent_ink};
        border-color: {theme.accent}; }}
    QPushButton[role="primary"]:hover, QPushButton[role="primary"]:focus {{
        border-color: {theme.ink}; }}
    QPushButton[role="primary"]:disabled {{ background: {theme.line}; color: {theme.muted};
        border-color: {theme.line}; }}
    QPushButton[role="quiet"] {{ background: {theme.accent_wash}; color: {theme.accent};
        border-color: {theme.accent_wash}; }}
    QPushButton[role="quiet"]:hover, QPushButton[role="quiet"]:focus {{
        border-color: {theme.accent}; }}
    QPushButton[role="quiet"]:disabled {{ color: {theme.muted}; }}
    QPushButton[role="link"] {{ background: transparent; color: {theme.accent};
        border-color: transparent; padding: 3px 6px; }}
    QPushButton[role="link"]:hover {{ background: {theme.accent_wash}; }}
    QPushButton[role="link"]:focus {{ border-color: {theme.accent}; }}
    QPushButton[role="link"]:checked {{ background: {theme.accent_wash}; }}
    QPushButton[role="link"][ringed="true"], QPushButton[role="link"][ringed="true"]:focus {{
        border: none; background: transparent; padding: 4px 12px 4px 0; text-align: left; }}
    QPushButton[ringed="true"]::menu-indicator {{ right: 0; }}
    QPushButton[role="link"][ringed="true"]:hover {{ color: {theme.ink}; }}
    QPushButton[role="link"]:disabled {{ color: {theme.muted}; }}
    QPushButton::menu-indicator {{ image: {_icon("chevron-down", theme)}; width: 12px;
        height: 12px; subcontrol-origin: padding; subcontrol-position: center right;
        right: 4px; }}
    QPushButton[plain="true"]::menu-indicator {{ image: none; width: 0; }}
    QToolButton {{ background: transparent; border: 2px solid transparent;
        border-radius: 6px; padding: 3px; }}
    QToolButton:hover, QToolButton:checked {{ background: {theme.accent_wash}; }}
    QToolButton:focus {{ border-color: {theme.accent}; }}
    QToolButton[role="inline"] {{ color: {theme.muted}; padding: 0; border-radius: 5px; }}
    QToolButton[role="inline"]:hover, QToolButton[role="inline"]:focus {{
        color: {theme.accent}; }}
    """


def _tabs(theme: Theme) -> str:
    return f"""
    QTabWidget::pane {{ border: none; }}
    QTabBar {{ background: transparent; qproperty-drawBase: 0; font-weight: 600; }}
    QTabBar::tab {{ background: transparent; color: {theme.muted}; padding: 9px 14px;
        border: 2px solid transparent; }}
    QTabBar::tab:hover {{ color: {theme.ink}; }}
    QTabBar::tab:selected {{ color: {theme.ink}; border-bottom-color: {theme.accent}; }}
    QTabBar::tab:focus:selected {{ border: 2px solid {theme.accent}; border-radius: 6px; }}
    QTabBar[role="small"] {{ font-size: 12px; }}
    QTabBar[role="small"]::tab {{ padding: 4px 8px; }}
    QTabBar::tab:disabled {{ color: {theme.muted}; border-color: transparent; }}
    """


def _tables(theme: Theme) -> str:
    return f"""
    QTableView, QTreeView, QListView {{ background: {theme.card};
        alternate-background-color: {theme.background}; border: 1px solid {theme.line};
        border-radius: 6px; gridline-color: {theme.line};
        selection-background-color: {theme.accent_wash}; selection-color: {theme.ink}; }}
    QTableView:focus, QTreeView:focus, QListView:focus {{ border: 2px solid {theme.accent}; }}
    QTableView::item {{ padding: 4px 8px; }}
    QTableView[role="small"] {{ font-size: 12px; border: 2px solid transparent; }}
    QTableView[role="small"]:focus {{ border: 2px solid {theme.accent}; }}
    QTableView[role="small"]::item {{ padding: 2px 3px; }}
    QTableView[role="small"] QHeaderView::section {{ padding: 3px; }}
    QHeaderView {{ background: {theme.card}; border: none; }}
    QHeaderView::section {{ background: {theme.card}; color: {theme.muted}; border: none;
        border-bottom: 1px solid {theme.line}; padding: 6px 8px; font-size: 12px;
        font-weight: 600; }}
    QTableCornerButton::section {{ background: {theme.card}; border: none; }}
    """


def _bars(theme: Theme) -> str:
    return f"""
    QScrollArea {{ background: transparent; border: none; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ width: 10px; }}
    QScrollBar:horizontal {{ height: 10px; }}
    QScrollBar::handle {{ background: {theme.field_line}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 32px; }}
    QScrollBar::handle:horizontal {{ min-width: 32px; }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSplitter::handle {{ background: transparent; }}
    QSplitter::handle:hover {{ background: {theme.accent_wash}; }}
    QStatusBar {{ background: {theme.background}; color: {theme.muted}; font-size: 12px; }}
    QStatusBar::item {{ border: none; }}
    QProgressBar {{ background: {theme.line}; border: none; border-radius: 3px;
        max-height: 6px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; }}
    """
