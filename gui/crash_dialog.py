"""What the person sees of an unexpected error: one sentence, and a report to send."""

from PySide6.QtCore import QCoreApplication, QRectF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.crash_log import log_path, without_home
from gui.widgets.glyphs import paint_notice
from gui.widgets.text import text_label

_WIDTH = 520
_DETAILS_HEIGHT = 260
_SIGN = 28
_MOST_REPORTS = 10


class CrashDialog(QDialog):
    """Deletes itself when it is closed.

    Args:
        headline: kind and text of the error, in one line.
        report: all that is known, for who mends it.
        is_kept: whether the plan has been kept; None where no window has come up.
        parent: the window in front.
    """

    def __init__(
        self,
        headline: str,
        report: str,
        is_kept: bool | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Isoloss: something went wrong"))
        self._reports = [report]
        self._n_more = 0
        self._title = text_label(self.tr("Something went wrong"), "question")
        self._text = text_label(self._what_happened(is_kept), "", wraps=True)
        self._headline = text_label(headline, "note", wraps=True)
        self._headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = text_label("", "caution")
        self._more.hide()
        self.fold = QPushButton(self.tr("Show details"))
        self.details = QPlainTextEdit()
        self._place = text_label("", "note", wraps=True)
        self.copy = QPushButton(self.tr("Copy report"))
        self.folder = QPushButton(self.tr("Open folder"))
        self.close_button = QPushButton(self.tr("Close"))
        self._set_up_details()
        self._set_up_buttons()
        self._lay_out()
        self.setFixedWidth(_WIDTH)
        self.close_button.setFocus()

    def text(self) -> str:
        """What the report holds now."""
        place = self.tr("Log: {0}").format(without_home(str(log_path())))
        return "\n\n".join((place, *self._reports))

    def add(self, reports: list[str], n_errors: int) -> None:
        """More errors since it came up.

        Args:
            reports: of those that there were not before.
            n_errors: how many there were in all.
        """
        if n_errors <= 0:
            return
        self._reports = [*self._reports, *reports][:_MOST_REPORTS]
        self._n_more += n_errors
        more = QCoreApplication.translate("CrashDialog", "And %n more since.", "", self._n_more)
        self._more.setText(more)
        self._more.show()
        if reports:
            self.details.setPlainText(self.text())

    def _what_happened(self, is_kept: bool | None) -> str:
        if is_kept is None:
            return self.tr("Isoloss met an error that it did not expect, and cannot start.")
        if is_kept:
            return self.tr("Isoloss met an error that it did not expect. Your plan is kept.")
        return self.tr(
            "Isoloss met an error that it did not expect. A copy of your plan could not be kept: "
            "save it now (Ctrl+S)."
        )

    def _set_up_details(self) -> None:
        self.fold.setProperty("role", "link")
        self.fold.setCheckable(True)
        self.fold.setAutoDefault(False)
        self.fold.setToolTip(self.tr("Versions, last actions, and where the error happened"))
        self.fold.setAccessibleDescription(self.fold.toolTip())
        self.fold.toggled.connect(self._show_details)
        self.details.setReadOnly(True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName(self.tr("Report"))
        self.details.setTabChangesFocus(True)
        self.details.setFixedHeight(_DETAILS_HEIGHT)
        self.details.setPlainText(self.text())
        self.details.hide()
        kept = log_path().is_file()
        self._place.setText(
            self.tr("It is written down in {0}; nothing is sent to anybody.").format(
                without_home(str(log_path()))
            )
            if kept
            else self.tr("The log could not be written; copy the report if you want to keep it.")
        )
        self.folder.setEnabled(kept)

    def _set_up_buttons(self) -> None:
        self.copy.setToolTip(self.tr("Copy versions, last actions and the error"))
        self.copy.setAccessibleDescription(self.copy.toolTip())
        self.folder.setToolTip(self.tr("Show the folder with the log"))
        self.folder.setAccessibleDescription(self.folder.toolTip())
        self.close_button.setProperty("role", "primary")
        self.close_button.setToolTip(self.tr("Close this message (Escape)"))
        for button in (self.copy, self.folder):
            button.setAutoDefault(False)
        self.close_button.setDefault(True)
        self.copy.clicked.connect(self._copy)
        self.folder.clicked.connect(self._open_folder)
        self.close_button.clicked.connect(self.close)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(6)
        for label in (self._title, self._text, self._headline, self._more):
            words.addWidget(label)
        words.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self._sign(), 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.folder)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(self.details)
        layout.addWidget(self._place)
        layout.addLayout(buttons)

    def _sign(self) -> QLabel:
        """Painted once: a paint event of ours could fail in its turn."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(_SIGN * ratio), round(_SIGN * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        ink = QGuiApplication.palette().accent().color()
        paint_notice(painter, QRectF(0, 0, _SIGN, _SIGN), ink, "error")
        painter.end()
        label = QLabel()
        label.setPixmap(picture)
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return label

    def _show_details(self, shown: bool) -> None:
        self.fold.setText(self.tr("Hide details") if shown else self.tr("Show details"))
        self.details.setVisible(shown)
        self.adjustSize()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
        self.copy.setText(self.tr("Copied"))

    def _open_folder(self) -> None:
        folder = log_path().parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._place.setText(self.tr("The folder could not be opened: {0}").format(folder))
