"""The middle column: predicted against measured, and every point in a table with its tick."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.plots.calibration_plot import ErrorPlot, PredictedPlot
from gui.plots.color_bar import ColorBar
from gui.plots.log_plot import LogPlot
from gui.theme import Theme
from gui.views.calibrate.choose_menu import add_choose_menu
from gui.views.calibrate.points_model import MODEL, PRECISION, TICK, PointsModel
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import drawn
from gui.widgets.card import Card
from gui.widgets.text import text_label

PREDICTED, ERRORS = range(2)
_WIDTHS = (48, 96, 96, 70, 140, 82, 82, 58)


class CalibrateCharts(QWidget):
    """A plot with two tabs over the table; before there is anything, what to do."""

    choose_requested = Signal()
    folder_requested = Signal()
    set_up_requested = Signal()

    def __init__(self, state: CalibrateState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._has_legend = True
        self._listed: object = None
        self.predicted = PredictedPlot(theme)
        self.errors = ErrorPlot(theme)
        self.points = PointsModel(self)
        self.table = QTableView()
        self._prepare_table()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.addWidget(self._plot_card())
        self.splitter.addWidget(self._table_card())
        self.splitter.setStretchFactor(0, 5)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setSizes([440, 280])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self.tabs.currentChanged.connect(self._show_page)
        self.points.ticked.connect(self._on_ticked)
        self.predicted.clicked.connect(self._go_to)
        state.points_changed.connect(self.show_points)
        state.busy_changed.connect(self._show_page)
        state.choices_changed.connect(self._show_page)
        self.show_points()

    @property
    def plots(self) -> tuple[LogPlot, ...]:
        """What is drawn now."""
        page = self._stack.currentWidget()
        return (page,) if isinstance(page, LogPlot) else (self.predicted,)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        for plot in (self.predicted, self.errors):
            plot.set_theme(theme)

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide what the marks mean."""
        self._has_legend = visible
        self._show_page()

    def legend(self) -> ColorBar | None:
        """A picture needs none: the marks differ in shape."""
        return None

    def reset_view(self) -> None:
        """The plot back to its data."""
        for plot in self.plots:
            plot.reset_view()

    def zoom(self, factor: float) -> None:
        """The plot closer (below 1) or further."""
        for plot in self.plots:
            plot.zoom(factor)

    def show_points(self) -> None:
        """Draw and list what there is."""
        state = self._state
        shown = [drawn(point, state.excluded) for point in state.points]
        self.predicted.set_steps(shown)
        self.errors.set_steps(shown)
        at = self.table.currentIndex().row()
        bar = self.table.verticalScrollBar()
        was_at_end, scrolled = bar.value() == bar.maximum(), bar.value()
        self.points.set_points(state.points, state.excluded, state.profile is not None)
        self._fit_columns()
        listed = None if state.profile is None else state.profile.calibration
        if state.is_measuring and was_at_end:
            self.table.scrollToBottom()
        elif listed is not self._listed:
            self.table.scrollToTop()
        else:
            bar.setValue(scrolled)
            if at >= 0:
                self.table.setCurrentIndex(self.points.index(at, 0))
        self._listed = listed
        left_out = len(state.excluded)
        self._counted.setText(
            self.tr("{0} points, {1} left out").format(len(shown), left_out)
            if left_out
            else self.tr("{0} points").format(len(shown))
        )
        self._counted.setVisible(bool(shown))
        self._show_page()

    def _plot_card(self) -> Card:
        card = Card("")
        card.setAccessibleName(self.tr("Measured points"))
        self.tabs = QTabBar()
        self.tabs.setProperty("role", "small")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Measured points"))
        for text, tip in (
            (
                self.tr("Predictions"),
                self.tr("Each point is predicted by a fit that has not seen its shape"),
            ),
            (self.tr("Residuals"), self.tr("How far the prediction of each point is off")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(text), tip)
        self._legend = text_label(self.tr("● fitted   ◆ look at it   ✕ left out"), "note")
        card.title.hide()
        card.header.insertWidget(0, self.tabs)
        card.header.addStretch(1)
        card.header.addWidget(self._legend)
        self._empty = self._empty_page()
        self._stack = QStackedWidget()
        for page in (self.predicted, self.errors, self._empty):
            self._stack.addWidget(page)
        card.add(self._stack)
        card.setMinimumHeight(220)
        return card

    def _table_card(self) -> Card:
        card = Card(self.tr("Points, in tokens a second"))
        self._counted = text_label("", "note")
        card.header.addWidget(self._counted)
        card.add(self.table)
        card.setMinimumHeight(150)
        return card

    def _empty_page(self) -> QWidget:
        self.empty = text_label("", "empty", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose_button = QPushButton(self.tr("Choose a Python"))
        self.choose_button.setToolTip(self.tr("Point to a Python, or to an environment's folder"))
        self.set_up_button = QPushButton(self.tr("Set one up for me…"))
        self.set_up_button.setProperty("role", "primary")
        self.set_up_button.setToolTip(
            self.tr("See first how much would be downloaded, and to where")
        )
        for button in (self.choose_button, self.set_up_button):
            button.setAccessibleName(button.text().rstrip("…"))
        folder, program = add_choose_menu(self.choose_button).actions()
        folder.triggered.connect(self.folder_requested)
        program.triggered.connect(self.choose_requested)
        self.set_up_button.clicked.connect(self.set_up_requested)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        row.addWidget(self.choose_button)
        row.addWidget(self.set_up_button)
        row.addStretch(1)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 16, 8, 16)
        layout.setSpacing(16)
        layout.addStretch(1)
        layout.addWidget(self.empty)
        layout.addLayout(row)
        layout.addStretch(1)
        return page

    def _prepare_table(self) -> None:
        self.table.setAccessibleName(self.tr("Measured points as a table"))
        self.table.setToolTip(self.tr("Take a tick away to leave a point out of the fit"))
        self.table.setModel(self.points)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setProperty("role", "small")
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)

    def _fit_columns(self) -> None:
        steps = [point.step for point in self._state.points]
        self.table.setColumnHidden(TICK, self._state.profile is None)
        self.table.setColumnHidden(PRECISION, len({step.precision for step in steps}) < 2)
        self.table.setColumnHidden(MODEL, len({step.stack for step in steps}) < 2)
        for column, width in enumerate(_WIDTHS):
            if not self.table.isColumnHidden(column):
                self.table.setColumnWidth(column, width)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(len(_WIDTHS), QHeaderView.ResizeMode.Stretch)

    def _on_ticked(self, place: int, is_in: bool) -> None:
        self._state.leave_out(place, not is_in)
        self.points.set_excluded(self._state.excluded)

    def _go_to(self, index: int) -> None:
        self.table.selectRow(index)
        self.table.scrollTo(self.points.index(index, 0))

    def _show_page(self) -> None:
        state = self._state
        is_empty = not state.points
        self.tabs.setEnabled(not is_empty)
        self._legend.setVisible(self._has_legend and not is_empty)
        if is_empty:
            has_none = not state.finder.is_looking and not state.finder.usable
            for button in (self.choose_button, self.set_up_button):
                button.setVisible(has_none and not state.is_measuring)
            self.empty.setText(self._what_to_do(has_none))
            self._stack.setCurrentWidget(self._empty)
        else:
            self._stack.setCurrentIndex(self.tabs.currentIndex())
        measured_now = state.is_measuring and not is_empty
        note: list[str] = []
        if any(point.tokens_per_s is None for point in state.points):
            if measured_now and all(point.tokens_per_s is None for point in state.points):
                note = [self.tr("on the line until there are"), self.tr("enough to predict them")]
            elif state.profile is not None and not state.is_fitting:
                note = [self.tr("without a fit on the line:"), self.tr("nothing predicts them")]
        self.predicted.set_note(note)

    def _what_to_do(self, has_none: bool) -> str:
        state = self._state
        if state.is_measuring:
            return self.tr("PyTorch starts. The first points come in a few seconds.")
        if state.is_fitting:
            return self.tr("Fitting the points…")
        if has_none:
            return self.tr(
                "No Python with PyTorch 2.1 or newer was found on this computer. Choose one that "
                "has it, or have one set up: nothing is downloaded before you agree."
            )
        if state.finder.is_looking and not state.finder.usable:
            return self.tr("Looking for Pythons with PyTorch…")
        return self.tr(
            "Press Start. Real training steps are timed on your device, and every plan can then "
            "use speeds measured here. Points appear as they are measured."
        )
