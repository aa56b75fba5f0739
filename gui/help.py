"""Help: the keys, what the numbers stand on, and whose they are."""

from html import escape

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

import core
from core.footprint import CAR_SOURCE, TREE_SOURCE
from core.laws.frontier import FrontierLaw
from core.planner import AnyPlan, Plan
from gui.views.plan.law_text import compute_unit

translate = QCoreApplication.translate
_ACTION = QMessageBox.ButtonRole.ActionRole


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
    licences = box.addButton(translate("Help", "&Licences…"), _ACTION)
    licences.setToolTip(translate("Help", "Every part of the program and its licence"))
    box.addButton(QMessageBox.StandardButton.Ok)
    box.buttonClicked.connect(_show_licences)
    box.finished.connect(box.deleteLater)
    return box


def _show_licences(button: QAbstractButton) -> None:
    box = button.window()
    if not isinstance(box, QMessageBox) or box.buttonRole(button) != _ACTION:
        return
    from gui.licences import LicencesDialog, notices_folder

    LicencesDialog(notices_folder(), box.parentWidget()).open()


def keys_and_sources(parent: QWidget, plan: AnyPlan) -> QDialog:
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


def _page(plan: AnyPlan) -> str:
    keys = (
        (
            "Ctrl+1 … Ctrl+4",
            translate(
                "Help",
                "go to the plan, the comparison of GPUs, the fit of your own runs, the "
                "calibration of your own GPU",
            ),
        ),
        (
            "Ctrl+N, Ctrl+O, Ctrl+S",
            translate("Help", "new plan, open a plan, save it; with Shift save it as another"),
        ),
        (
            "Ctrl+Shift+O",
            translate("Help", "open runs; plans and runs can be dropped on the window, too"),
        ),
        (
            "Ctrl+Return",
            translate(
                "Help",
                "fit the runs, compare the GPUs, or measure your GPU, again; Escape stops",
            ),
        ),
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
            translate("Help", "Double click"),
            translate("Help", "a row or a point of the comparison: plan with that GPU"),
        ),
        (
            translate("Help", "Wheel"),
            translate("Help", "zoom; drag with the right button to move, double click to reset"),
        ),
        ("Ctrl+Shift+L", translate("Help", "compare the laws for this budget")),
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
            _law_source(plan.known.law),
            *(escape(f"{source}.") for source in _hardware_sources(plan)),
            escape(f"{plan.known.carbon_source}."),
            escape(f"{CAR_SOURCE}."),
            escape(f"{TREE_SOURCE} (CC-BY-4.0)."),
        )
    )
    return (
        f"<h3>{translate('Help', 'Keys and mouse')}</h3><table>{rows}</table>"
        f"<h3>{translate('Help', 'How sure')}</h3><p>{_sureness(plan)}</p>"
        f"<h3>{translate('Help', 'Where the numbers come from')}</h3><ul>{sources}</ul>"
    )


def _hardware_sources(plan: AnyPlan) -> tuple[str, ...]:
    known = plan.known
    if isinstance(plan, Plan):
        gpu = plan.known.gpu
        return (f"{gpu.name}: {gpu.source}; {gpu.dated_price_source}; {gpu.watts_source}",)
    stack = plan.known.stack
    return (
        f"{known.gpu.name}: {known.gpu.source}",
        f"{known.price_source}; {known.watts_source}",
        f"{stack.name}: {stack.source}",
        plan.known.embodied.source,
    )


def _sureness(plan: AnyPlan) -> str:
    """What has an interval, and what has none."""
    if not isinstance(plan, Plan):
        from gui.views.plan.joint_wording import sureness_text

        return escape(sureness_text(plan))
    if plan.loss.low is None:
        sure = translate(
            "Help",
            "The law and the speed curve were published without intervals, so no number here has "
            "one.",
        )
    else:
        sure = translate(
            "Help",
            "Intervals come from the resamples of the law: the same question is put to each of "
            "them. The speed curve was published without an interval, and prices and the grid are "
            "taken as they are.",
        )
    error = translate(
        "Help",
        "The article states an error of about 15 % for the speed curve. Outside the runs, and "
        "below the tipping point, the plan says so.",
    )
    return f"{sure} {error}"


def _law_source(law: FrontierLaw) -> str:
    """Formula with every digit, what N counts, and where it is from, as rich text.

    The texts may come from a person's file: they are escaped.
    """
    unit = compute_unit(law)
    if law.compute_unit_neflo != 1:
        unit = f"{law.compute_unit_neflo!r} {unit}"
    offset = f" {law.f:+}" if law.f else ""
    formulas = [
        f"loss = {law.a!r} C<sup>−{law.b!r}</sup> + {law.c!r}",
        f"N = {law.d!r} C<sup>{law.e!r}</sup>{offset}",
    ]
    if law.surface is not None:
        e, a, b, alpha, beta = law.surface
        surface = f"loss = {e!r} + {a!r} / N<sup>{alpha!r}</sup> + {b!r} / D<sup>{beta!r}</sup>"
        formulas.append(translate("Help", "which follow from {0}").format(surface))
    notes = [translate("Help", "C in {0}").format(unit)]
    notes.append(translate("Help", "N counts: {0}").format(escape(law.params_counted)))
    if law.rounded:
        notes.append(translate("Help", "coefficients rounded in print"))
    origin = escape(" ".join(part for part in (f"{law.source} ({law.licence}).", law.note) if part))
    name = escape(f"{law.name} ({law.id})")
    return f"{name}: {', '.join(formulas)}; {'; '.join(notes)}. {origin}"
