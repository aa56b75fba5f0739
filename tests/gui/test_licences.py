"""Help, About, Licences: in a bundle, and from source where no notices were made."""

import sys

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QListWidget, QMessageBox, QPlainTextEdit, QPushButton

from gui import licences
from gui.help import about
from gui.licences import LicencesDialog, notices_folder


@pytest.fixture
def notices(tmp_path):
    folder = tmp_path / "notices"
    for part, text in (("numpy", "Copyright NumPy Developers"), ("Zlib", "Jean-loup Gailly")):
        (folder / "licences" / part).mkdir(parents=True)
        (folder / "licences" / part / "LICENSE.txt").write_text(text)
    for name in ("NOTICES.txt", "Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"):
        (folder / name).write_text(f"text of {name}")
    return folder


def show(qtbot, folder):
    dialog = LicencesDialog(folder)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog, dialog.findChild(QListWidget, "parts"), dialog.findChild(QPlainTextEdit, "text")


def test_a_bundle_knows_its_notices(notices, monkeypatch):
    monkeypatch.setattr(sys, "_MEIPASS", str(notices.parent), raising=False)
    assert notices_folder() == notices


def test_every_part_can_be_read(qtbot, notices):
    _, parts, text = show(qtbot, notices)
    names = [parts.item(row).text() for row in range(parts.count())]
    assert names == ["Overview", "Qt", "numpy", "Zlib"]
    assert text.toPlainText() == "text of NOTICES.txt"
    parts.setCurrentRow(names.index("Qt"))
    for name in ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"):
        assert f"text of {name}" in text.toPlainText()
    parts.setCurrentRow(names.index("numpy"))
    assert text.toPlainText() == "Copyright NumPy Developers"


def test_the_folder_opens_in_the_file_manager(qtbot, notices, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    dialog, *_ = show(qtbot, notices)
    next(b for b in dialog.findChildren(QPushButton) if "folder" in b.text()).click()
    assert opened == [str(notices)]


def test_from_source_it_says_where_to_read(qtbot, monkeypatch, tmp_path):
    (tmp_path / "LICENSE").write_text("Apache License")
    monkeypatch.setattr(licences, "ROOT", tmp_path)
    assert notices_folder() is None
    dialog, parts, text = show(qtbot, None)
    assert any("make notices" in label.text() for label in dialog.findChildren(QLabel))
    assert parts.count() == 1
    assert text.toPlainText() == "Apache License"
    assert not any("folder" in button.text() for button in dialog.findChildren(QPushButton))


@pytest.mark.parametrize("name", ["Licences", "OK"])
def test_about_leads_to_the_licences_and_closes_without(qtbot, name):
    from PySide6.QtWidgets import QWidget

    parent = QWidget()
    qtbot.addWidget(parent)
    box = about(parent)
    box.open()
    next(b for b in box.findChildren(QPushButton) if name in b.text().replace("&", "")).click()
    opened = [dialog for dialog in parent.findChildren(LicencesDialog) if dialog.isVisible()]
    assert len(opened) == (name == "Licences")
    assert not parent.findChildren(QMessageBox) or not box.isVisible()
    for dialog in opened:
        dialog.close()
