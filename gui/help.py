"""Help: the keys, what the numbers stand on, and whose they are."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

import core
from core.footprint import CAR_SOURCE, TREE_SOURCE
from core.planner import Plan

translate = QCoreApplication.translate


def about(parent: QWidget) -> QMessageBox:
    """A small box: what this is, version, licences."""
    box = QMessageBox(parent)
    box.setWindowTitle(translate("Help", "About Isoloss"))
    box.setIconPixmap(parent.windowIcon().pixmap(64, 64))
    box.setText(f"Isoloss {core.__version__}")
    box.setInformativeText(
        translate(
            "Help",
            "How big should a language model be for the budget there is? After the calculator "
            "that Hugging Face published in June 2020 (T. Le Scao).\n\nApache-2.0. Built with "
            "Qt for Python (LGPL-3.0), pyqtgraph (MIT), numpy (BSD-3) and Inter (OFL-1.1).",
        )
    )
    box.finished.connect(box.deleteLater)
    return box


def keys_and_sources(parent: QWidget, plan: Plan) -> QDialog:
    """A page to read beside the window."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(translate("Help", "Keys and sources"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QTextBrowser()
    text.setObjectName("page")
    text.setAccessibleName(dialog.windowTitle())
    text.setHtml(_page(plan))
    text.setOpenExternalLinks(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addWidget(buttons)
    dialog.resize(620, 560)
    return dialog


def _page(plan: Plan) -> str:
    law, gpu = plan.known.law, plan.known.gpu
    keys = (
        ("Ctrl+B", translate("Help", "go to the budget")),
        (
            "↑ ↓",
            translate(
                "Help", "in a number: a tenth more or less; with Shift to the next 1, 2 or 5"
            ),
        ),
        ("← →", translate("Help", "in a plot: move the budget line; with Shift further")),
        ("+ − Home", translate("Help", "in a plot: zoom in, out, reset")),
        (translate("Help", "Drag"), translate("Help", "the blue line: another budget")),
        (
            translate("Help", "Click"),
            translate("Help", "in the upper plot: plan for that loss; in the lower: for that size"),
        ),
        (
            translate("Help", "Wheel"),
            translate("Help", "zoom; drag with the right button to move, double click to reset"),
        ),
        ("Ctrl+E", translate("Help", "export the plan as CSV")),
        ("Ctrl+Shift+C", translate("Help", "copy the plan as text")),
        ("Ctrl+Z", translate("Help", "undo")),
    )
    rows = "".join(
        f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{what}</td></tr>" for key, what in keys
    )
    sources = "".join(
        f"<li>{source}</li>"
        for source in (
            f"{law.id}: loss = {law.a} C<sup>−{law.b}</sup> + {law.c}, parameters = {law.d} "
            f"C<sup>{law.e}</sup> {law.f:+}, C in {law.compute_unit_neflo:,.0f} neFLO. "
            f"{law.source} ({law.licence}).",
            f"{gpu.name}: {gpu.source}; {gpu.dated_price_source}; {gpu.watts_source}.",
            f"{plan.known.carbon_source}.",
            f"{CAR_SOURCE}.",
            f"{TREE_SOURCE} (CC-BY-4.0).",
        )
    )
    sure = translate(
        "Help",
        "The law and the speed curve were published without intervals, so no number here has "
        "one. The article states an error of about 15 % for the speed curve. Outside the runs, "
        "and below the tipping point, the plan says so.",
    )
    return (
        f"<h3>{translate('Help', 'Keys and mouse')}</h3><table>{rows}</table>"
        f"<h3>{translate('Help', 'How sure')}</h3><p>{sure}</p>"
        f"<h3>{translate('Help', 'Where the numbers come from')}</h3><ul>{sources}</ul>"
    )
