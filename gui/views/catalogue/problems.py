"""What of the person's own files could not be read, and the way to them."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.hardware.rows import problems
from core.hardware.tables import user_folder
from gui.translate import translated
from gui.widgets.notice import NoticeList
from gui.widgets.text import text_label

_SHOWN = 3


class FilesBar(QWidget):
    """Where the person's own rows are, with a button that goes there; and what is wrong.

    Attributes:
        row: the line with the button; more may go behind it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notices = NoticeList()
        self.open_button = QPushButton(self.tr("Open the &folder"))
        self.open_button.setToolTip(self.tr("The folder with your own rows and refreshed prices"))
        self.open_button.setAccessibleName(self.tr("Open the folder of your own rows"))
        self.open_button.setAutoDefault(False)
        self.open_button.setProperty("role", "link")
        self.open_button.clicked.connect(self.open_folder)
        self._place = text_label("", "note")
        self.row = QHBoxLayout()
        self.row.setSpacing(4)
        self.row.addWidget(self._place)
        self.row.addWidget(self.open_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.notices)
        layout.addLayout(self.row)

    def read(self) -> None:
        """Look at the files again."""
        self._place.setText(self.tr("Your rows are in {0}").format(user_folder()))
        found = [translated(problem.message) for problem in problems()]
        lines = found[:_SHOWN]
        if len(found) > _SHOWN:
            lines.append(self.tr("and {0} more").format(len(found) - _SHOWN))
        self.notices.set_notices([("error", "\n".join(lines))] if lines else [])

    def open_folder(self) -> None:
        """Show the folder in the system's file manager; make it if there is none yet."""
        folder: Path = user_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = self.tr("{0} cannot be made: {1}").format(folder, error.strerror)
            self.notices.set_notices([("error", sentence)])
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            sentence = self.tr("No file manager answers; the folder is {0}").format(folder)
            self.notices.set_notices([("info", sentence)])
