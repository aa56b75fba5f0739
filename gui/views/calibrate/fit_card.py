"""What the fit is worth: errors on unseen shapes, what does not fit, and under which name."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.calibration.curve import ARTICLE_ERROR, limit_message
from core.calibration.fit import CurveFit, GroupFit, NotIdentified, RooflineFit
from core.calibration.hardware import plan_ends
from core.calibration.messages import Parallel
from core.calibration.profile import LONGEST_NAME, Profile
from core.calibration.shipped import against_shipped
from core.calibration.together import at_their_largest, link_messages, step_message
from core.quantities import format_number
from gui.translate import translated
from gui.views.calibrate.links import link_button
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import PERCENT, percent, signed_percent, stack_text
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.glyphs import NoticeKind
from gui.widgets.notice import NoticeList
from gui.widgets.stat_row import StatRow
from gui.widgets.text import text_label


class FitCard(Card):
    """First card of the right column."""

    save_requested = Signal(str)
    discard_requested = Signal()

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("How sure"))
        self._state = state
        self._shown: Profile | None = None
        self.group = ChoiceField(
            self.tr("Fit of"), tooltip=self.tr("Each model and precision has a fit of its own.")
        )
        self.empty = text_label("", "note", wraps=True)
        self.hero = text_label("", "hero")
        self.hero_note = text_label("", "note", wraps=True)
        self.largest = StatRow(self.tr("At most"))
        self.article = StatRow(self.tr("Article of 2020"))
        self.interval = StatRow(self.tr("Intervals of plans"))
        self.curve = StatRow(self.tr("Curve of 2020"))
        self.shipped = StatRow(self.tr("Against the catalogue"))
        self.fitted = StatRow(self.tr("Points"))
        self.shared = {
            Parallel.DDP: StatRow(self.tr("Each under DDP")),
            Parallel.FSDP: StatRow(self.tr("Each under FSDP")),
        }
        self._rows = (
            *(self.largest, self.article, self.interval, self.curve),
            *(self.shipped, self.fitted, *self.shared.values()),
        )
        self.article.set_value(
            percent(ARTICLE_ERROR),
            tooltip=self.tr("What the article of 2020 states as the error of its speed curve."),
        )
        self.notices = NoticeList()
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName(self.tr("Name"))
        self.name.setToolTip(self.tr("What the profile is called in the list of GPUs"))
        self._name_label = QLabel(self.tr("Name"))
        self._name_label.setBuddy(self.name)
        self.save_button = QPushButton()
        self.save_button.setProperty("role", "primary")
        self.discard_button = link_button("", "")
        self.save = QWidget()
        column = QVBoxLayout(self.save)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for widget in (self._name_label, self.name, self.save_button):
            column.addWidget(widget)
        column.addWidget(self.discard_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.add(self.group, self.empty, self.hero, self.hero_note, *self._rows)
        self.add(self.notices, self.save)
        self.group.chosen.connect(self._show_group)
        self.save_button.clicked.connect(self._on_save)
        self.discard_button.clicked.connect(self.discard_requested)
        self.name.returnPressed.connect(self._on_save)
        self.name.textEdited.connect(self._show_save)
        state.profile_changed.connect(self.show_state)
        state.busy_changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show the fit of the profile on show."""
        state, profile = self._state, self._state.profile
        if profile is not None and (self._shown is None or self._shown.name != profile.name):
            self.name.setText(profile.name)
            self.name.setCursorPosition(0)
        self._shown = profile
        self.save.setVisible(profile is not None)
        self._show_save()
        groups = () if profile is None else profile.fits
        self.group.set_choices([(str(n), _group_text(group)) for n, group in enumerate(groups)])
        self.group.setVisible(len(groups) > 1)
        self.empty.setVisible(profile is None)
        if profile is None:
            self.empty.setText(self._waiting_text())
            for widget in (self.hero, self.hero_note, *self._rows):
                widget.hide()
            self.notices.set_notices([])
            return
        self._show_group()
        if state.is_fitting:
            self.hero_note.setText(self.tr("Fitting again…"))

    def _show_group(self) -> None:
        profile, chosen = self._state.profile, self.group.choice()
        if profile is None or chosen is None or int(chosen) >= len(profile.fits):
            return
        group = profile.fits[int(chosen)]
        notices: list[tuple[NoticeKind, str]] = []
        roofline = group.roofline
        if isinstance(roofline, NotIdentified):
            notices.append(("warning", translated(roofline.reason)))
            self.hero.show()
            self.hero_note.show()
            self.hero.setText(self.tr("Not identified"))
            self.hero_note.setText(
                self.tr("The points do not say how fast other shapes are. Measure for longer.")
            )
            for row in self._rows:
                row.hide()
        else:
            self._show_roofline(profile, group, roofline)
            if roofline.held_out.median > ARTICLE_ERROR:
                text = self.tr(
                    "Too far off to rely on. Were other programs at work? Measure again on a quiet "
                    "machine, or for longer."
                )
                notices.append(("warning", text))
        self._show_curve(group)
        if isinstance(group.curve, CurveFit) and group.curve.curve.at_limit:
            notices.append(("warning", translated(limit_message(group.curve.curve))))
        self._show_shared(profile, group)
        notices += self._changes(profile)
        skipped = [one for one in self._state.skipped if one.kind == "step" and not one.parallel]
        unsupported = sorted({one.precision for one in skipped if not one.n_layers} - {""})
        if unsupported:
            text = self.tr("This device does not support {0}: not measured.")
            notices.append(("info", text.format(", ".join(unsupported))))
        skipped = [one for one in skipped if one.precision not in unsupported]
        if skipped:
            text = self.tr("{0} points could not be measured ({1}).")
            reasons = ", ".join(sorted({_skip_text(one.reason) for one in skipped}))
            notices.append(("info", text.format(len(skipped), reasons)))
        self.notices.set_notices(notices)

    def _changes(self, profile: Profile) -> list[tuple[NoticeKind, str]]:
        """What is no longer as it was measured, and what to do about it."""
        found = self._state.watch.changes_of(profile)
        if not found:
            return []
        lines = [self.tr("Measured under other conditions:"), *map(translated, found)]
        lines.append(self.tr("Speeds may differ by now. Press Start to measure again."))
        return [("warning", "\n".join(lines))]

    def _show_roofline(self, profile: Profile, group: GroupFit, fit: RooflineFit) -> None:
        held_out = fit.held_out
        self.hero.show()
        self.hero_note.show()
        self.hero.setText(self.tr("{0} off").format(percent(held_out.median)))
        self.hero_note.setText(
            self.tr("in the middle, on shapes that the fit has not seen ({0} shapes)").format(
                held_out.shapes
            )
        )
        low, high = plan_ends(fit)
        self.largest.set_value(
            percent(held_out.largest),
            tooltip=self.tr("The worst point, predicted by a fit that has not seen its shape."),
        )
        self.interval.set_value(
            f"{signed_percent(low - 1).removesuffix(PERCENT)} … {signed_percent(high - 1)}",
            tooltip=self.tr(
                "What plans on this profile take: 80 % of unseen shapes lie within {0} … {1}; "
                "plans allow also for what one quiet run does not show."
            ).format(*(signed_percent(end - 1) for end in held_out.ends)),
        )
        self.fitted.set_value(str(len(group.points)), tooltip=self.tr("Points that were fitted."))
        for row in (self.largest, self.article, self.interval, self.fitted):
            row.show()
        shipped = against_shipped(profile, group)
        self.shipped.setVisible(shipped is not None)
        if shipped is not None:
            first, last = (format_number(end, 3) for end in shipped.ends)
            self.shipped.set_value(
                f"{format_number(shipped.median, 3)} ×",
                tooltip=self.tr(
                    "Measured speed over the shipped figure of {0} with {1}; 80 % of the points "
                    "lie from {2} to {3}. Small steps wait for the host and are slower than the "
                    "shipped model says."
                ).format(shipped.card.name, shipped.stack.name, first, last),
                interval=self.tr("{0} to {1}").format(first, last),
            )

    def _show_curve(self, group: GroupFit) -> None:
        curve = group.curve
        self.curve.setVisible(curve is not None)
        if isinstance(curve, CurveFit):
            values = curve.curve
            self.curve.set_value(
                percent(curve.held_out.median),
                tooltip=self.tr(
                    "Error of the curve of 2020, refitted here: k {0}, a {1}, b {2}, c {3}; "
                    "at most {4}."
                ).format(
                    *(format_number(v, 3) for v in (values.k, values.a, values.b, values.c)),
                    percent(curve.held_out.largest),
                ),
            )
        elif curve is not None:
            self.curve.set_value("–", tooltip=translated(curve.reason))

    def _show_shared(self, profile: Profile, group: GroupFit) -> None:
        for row in self.shared.values():
            row.hide()
        links = [translated(message) for message in link_messages(profile.calibration)]
        for one in at_their_largest(profile.calibration):
            step = one.step
            if (step.precision, step.compile) == (group.precision, group.compile):
                rate = self.tr("{0} tokens/s").format(format_number(one.each, 3))
                row = self.shared[one.way]
                row.set_value(
                    rate if one.share is None else percent(one.share),
                    tooltip="\n".join([translated(step_message(one)), *links]),
                    interval="" if one.share is None else self.tr("of the speed of one alone"),
                )
                row.show()

    def _show_save(self) -> None:
        state = self._state
        renamed = state.kept is not None and self.name.text().strip() != state.kept.profile.name
        has_fit = state.profile is not None and state.profile.has_fit
        if state.kept is None:
            text = self.tr("Save and plan with it") if has_fit else self.tr("Save")
        elif state.is_saved and not renamed:
            text = self.tr("Saved")
        else:
            text = self.tr("Save changes")
        self.save_button.setText(text)
        self.save_button.setAccessibleName(text)
        self.save_button.setToolTip(
            self.tr("Keep it among the profiles; it becomes the GPU that plans begin with")
            if has_fit
            else self.tr("Keep it among the profiles; without a fit no plan can use it")
        )
        can = not state.is_saved or renamed
        self.discard_button.setVisible(not state.is_saved)
        self.discard_button.setText(
            self.tr("Discard this run") if state.kept is None else self.tr("Discard changes")
        )
        self.discard_button.setAccessibleName(self.discard_button.text())
        self.discard_button.setToolTip(
            self.tr("Give the measured points up; that can be undone")
            if state.kept is None
            else self.tr("Show the profile again as it was saved")
        )
        self.save_button.setEnabled(can and not state.is_fitting and bool(self.name.text().strip()))

    def _waiting_text(self) -> str:
        if self._state.is_measuring:
            return self.tr("The fit follows when the measurement ends.")
        if self._state.is_fitting:
            return self.tr("Fitting…")
        return self.tr(
            "After the measurement stands here how well unseen shapes are predicted. The article "
            "of 2020 states about {0} for its curve."
        ).format(percent(ARTICLE_ERROR))

    def _on_save(self) -> None:
        if self.save_button.isEnabled():
            self.save_requested.emit(self.name.text())


def _group_text(group: GroupFit) -> str:
    return f"{group.precision}, {stack_text(group.stack)}"  # the field cuts long texts


def _skip_text(reason: str) -> str:
    words = {
        "out_of_memory": QCoreApplication.translate("Calibrate", "out of memory"),
        "time": QCoreApplication.translate("Calibrate", "no time left"),
        "unsupported": QCoreApplication.translate("Calibrate", "not supported"),
    }
    return words.get(reason, QCoreApplication.translate("Calibrate", "an error"))
