"""Help, About, Licences: every part of the program, with the text of its licence."""

import re
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

translate = QCoreApplication.translate
ROOT = Path(__file__).resolve().parent.parent


def notices_folder() -> Path | None:
    """Where the notices are: in a bundle, or as ``make notices`` has written them.

    None if Isoloss runs from its source and nobody has written any.
    """
    bundled = getattr(sys, "_MEIPASS", None)
    folder = Path(bundled) / "notices" if bundled else ROOT / "build" / "notices"
    return folder if (folder / "NOTICES.txt").is_file() else None


def texts(folder: Path) -> dict[str, list[Path]]:
    """What to read, by the name to show: the overview, Qt's notice, then each part."""
    found = {
        translate("Licences", "Overview"): [folder / "NOTICES.txt"],
        "Qt": [folder / "Qt.txt", folder / "LGPL-3.0.txt", folder / "GPL-3.0.txt"],
    }
    parts = sorted((folder / "licences").iterdir(), key=lambda part: part.name.casefold())
    return found | {part.name: sorted(part.iterdir()) for part in parts if part.name != "Qt"}


class LicencesDialog(QDialog):
    """Parts on the left, the licence of the chosen one on the right."""

    def __init__(self, folder: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Licences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._folder = folder
        self._texts = texts(folder) if folder else self._texts_of_the_source()
        self._parts = QListWidget()
        self._parts.setObjectName("parts")
        self._parts.setAccessibleName(self.tr("Parts of the program"))
        self._parts.setToolTip(self.tr("Choose a part to read its licence"))
        self._parts.addItems(list(self._texts))
        self._parts.setSpacing(2)
        self._parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._text = QPlainTextEdit()
        self._text.setObjectName("text")
        self._text.setReadOnly(True)
        self._text.setAccessibleName(self.tr("Text of the licence"))
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._parts.currentTextChanged.connect(self._show_part)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self._parts)
        split.addWidget(self._text)
        split.setSizes([270, 690])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self._note())
        layout.addWidget(split, 1)
        if folder:
            show = buttons.addButton(
                self.tr("Open &folder"), QDialogButtonBox.ButtonRole.ActionRole
            )
            show.setToolTip(
                self.tr("Shows all texts and the bill of materials in the file manager")
            )
            show.clicked.connect(self._open_folder)
        layout.addWidget(buttons)
        self.resize(1000, 640)
        self._parts.setCurrentRow(0)
        self._parts.setFocus()

    def _note(self) -> QLabel:
        if self._folder:
            text = self.tr(
                "Isoloss is under the Apache License 2.0. It contains the parts below, each under "
                "a licence of its own. Qt is under the LGPL: you may replace it by your own build."
            )
        else:
            text = self.tr(
                "Isoloss runs from its source here, so its libraries are those of your Python, "
                "each with its licence beside it. An installer carries all texts; “make notices” "
                "writes the same into build/notices."
            )
        note = QLabel(text)
        note.setWordWrap(True)
        return note

    def _texts_of_the_source(self) -> dict[str, list[Path]]:
        named = {
            "Isoloss": ROOT / "LICENSE",
            self.tr("Data, fonts and libraries"): ROOT / "NOTICE",
            "Inter": ROOT / "resources" / "fonts" / "OFL.txt",
        }
        return {name: [path] for name, path in named.items() if path.is_file()}

    def _show_part(self, name: str) -> None:
        read = (path.read_text(encoding="utf-8") for path in self._texts.get(name, ()))
        rule = "\n\n" + "─" * 72 + "\n\n"
        self._text.setPlainText(rule.join(re.sub(r"\n{4,}", "\n\n\n", text) for text in read))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
