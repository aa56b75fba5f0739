"""What is asked about a plan file: where, whether, and what went wrong. Nothing here blocks."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.errors import InputError
from gui.translate import translated

translate = QCoreApplication.translate
Button = QMessageBox.StandardButton
_LONGEST_VALUE = 200


def file_dialog(window: QWidget, folder: str, save_as: str | None = None) -> QFileDialog:
    """Ask for a plan file.

    Args:
        window: in front of which.
        folder: where it begins.
        save_as: name to begin with; None to open one that is there.
    """
    title = translate("Document", "Open a plan")
    if save_as is not None:
        title = translate("Document", "Save the plan")
    kinds = translate("Document", "Plans of Isoloss (*.isoloss);;All files (*)")
    dialog = QFileDialog(window, title, folder, kinds)
    if save_as is None:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    else:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("isoloss")
        dialog.selectFile(save_as)
    dialog.finished.connect(dialog.deleteLater)
    return dialog


def unsaved_question(window: QWidget, name: str) -> QMessageBox:
    """Save, discard or cancel; `QMessageBox.finished` brings the standard button."""
    box = QMessageBox(
        QMessageBox.Icon.Question,
        translate("Document", "Unsaved changes"),
        translate("Document", "Save the changes to {0}?").format(name),
        Button.Save | Button.Discard | Button.Cancel,
        window,
    )
    box.setInformativeText(translate("Document", "Otherwise they are lost."))
    box.setDefaultButton(Button.Save)
    return _plain(box)


def replace_question(window: QWidget, path: Path) -> QMessageBox:
    """Overwrite a file that the file dialog has not asked about (the result is `Save`)?"""
    box = QMessageBox(
        QMessageBox.Icon.Warning,
        translate("Document", "Replace the file?"),
        translate("Document", "There is a {0} already.").format(path.name),
        Button.Save | Button.Cancel,
        window,
    )
    box.setInformativeText(_kept_as(path))
    box.button(Button.Save).setText(translate("Document", "&Replace it"))
    box.setDefaultButton(Button.Cancel)
    return _plain(box)


def changed_question(window: QWidget, path: Path) -> QMessageBox:
    """Overwrite (the result is `Save`), another name (`SaveAll`), or cancel."""
    box = QMessageBox(
        QMessageBox.Icon.Warning,
        translate("Document", "Changed by somebody else"),
        translate(
            "Document", "{0} has been changed by another program since it was opened here."
        ).format(path.name),
        Button.Save | Button.SaveAll | Button.Cancel,
        window,
    )
    box.setInformativeText(_kept_as(path))
    box.button(Button.Save).setText(translate("Document", "&Replace it"))
    box.button(Button.SaveAll).setText(translate("Document", "Save &as…"))
    box.setDefaultButton(Button.SaveAll)
    return _plain(box)


def failure(window: QWidget, path: Path, error: InputError) -> QMessageBox:
    """A file could not be written."""
    box = QMessageBox(
        QMessageBox.Icon.Warning,
        translate("Document", "Not saved"),
        translate("Document", "{0} could not be saved. Nothing was lost.").format(path.name),
        Button.Ok,
        window,
    )
    reason = translate("Document", "The {0} must be {1}.")
    if error.field != "file":  # something in the plan, as a law that is gone: say which
        reason = translate("Document", 'The {0} must be {1}, got "{2}".')
    value = str(error.value)[-_LONGEST_VALUE:]  # of a path the end tells most
    box.setInformativeText(reason.format(error.field, translated(error.message), value))
    return _plain(box)


def _kept_as(path: Path) -> str:
    from core.documents.store import backup_of

    kept = translate("Document", "If you replace it, that version is kept as {0}.")
    return kept.format(backup_of(path).name)


def _plain(box: QMessageBox) -> QMessageBox:
    """As it reads, whatever stands in the name of a file; gone once it is answered."""
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.finished.connect(box.deleteLater)
    return box
