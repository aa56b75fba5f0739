"""What a GPU-hour costs: the field, whose price it is and how old, and other providers."""

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from core.planner import AnyPlan, Plan
from core.planner.request import ANY_GPU
from core.quantities import Kind, format_number
from gui.session import Session
from gui.translate import translated
from gui.views.plan.gpu_list import is_profile
from gui.widgets.choice_field import ChoiceField
from gui.widgets.quantity_field import QuantityField
from gui.widgets.text import text_label

if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan

_USUAL = ""  # the choice of no provider in particular
_STALE = ("price_stale", "price_maybe_stale", "price_undated")


class PriceRow(QWidget):
    """The price, and under it where it comes from; an old one says so in another colour."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.price = QuantityField(
            self.tr("Price"),
            Kind.USD_PER_HOUR,
            self.tr("USD/h"),
            tooltip=self.tr("Price of one GPU for an hour, in US dollars."),
            zero_allowed=True,
        )
        self.price.set_placeholder(self.tr("not known"))
        self._note = text_label("", "note", wraps=True)
        self._caution = text_label("", "caution", wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.price, self._note, self._caution):
            layout.addWidget(widget)
        self.setFocusProxy(self.price)
        self.price.edited.connect(self._edit_price)
        self.price.reset_requested.connect(self._reset_price)

    def show_plan(self, plan: AnyPlan) -> None:
        """Show the price that the plan was made with."""
        known = plan.known
        self.price.set_value(known.price)
        self.price.setEnabled(self._session.request.gpu != ANY_GPU)
        caution = ""
        if isinstance(plan, Plan):
            note = QCoreApplication.translate("core", known.price_source)
            catalogue = plan.known.gpu.price_usd_per_gpu_hour
            back = self.tr("Back to the catalogue: {0} USD/h").format(format_number(catalogue))
        else:
            note, caution = self._today(plan)
            back = self.tr("Back to the catalogue's price")
        self.price.set_reset(plan.request.price_usd_per_gpu_hour is not None, back)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._caution.setText(caution)
        self._caution.setVisible(bool(caution))

    def _today(self, plan: "JointPlan") -> tuple[str, str]:
        """Provider and date, and what to doubt about them."""
        from core.hardware.prices import age_text

        offer = plan.known.priced.offer
        if offer is None:
            return QCoreApplication.translate("core", plan.known.price_source), ""
        kind = self.tr("spot") if plan.request.spot else self.tr("on demand")
        where = self.tr("{0}, {1}").format(offer.provider, kind)
        if offer.origin == "yours":
            where = self.tr("{0}, yours").format(where)
        age = age_text(offer, date.today())
        words = [where]
        if not offer.verified:
            words.append(self.tr("unverified"))
        doubts = [translated(age)] if age.code in _STALE else []
        if offer.leaves_host_out:
            doubts.append(self.tr("host not included"))
        if age.code not in _STALE:
            words.append(translated(age))
        self._note.setToolTip(QCoreApplication.translate("core", plan.known.price_source))
        return ", ".join(words), ", ".join(doubts)

    def _edit_price(self, price: float) -> None:
        self._session.edit(self.tr("change of price"), price_usd_per_gpu_hour=price)

    def _reset_price(self) -> None:
        self._session.edit(self.tr("reset of price"), price_usd_per_gpu_hour=None)


class ProviderRows(QWidget):
    """Whose price is taken, on demand or spot."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.provider = ChoiceField(
            self.tr("Provider"),
            tooltip=self.tr("Whose price is taken, in US dollars per GPU and hour."),
        )
        self.spot = QCheckBox(self.tr("Spot: may be taken away"))
        self.spot.setToolTip(
            self.tr("Prices of spare machines that may be taken away at any time, USD/h.")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.provider)
        layout.addWidget(self.spot)
        self.provider.chosen.connect(self._edit_provider)
        self.spot.clicked.connect(self._edit_spot)

    def show_plan(self, plan: "JointPlan") -> None:
        """Offer the providers of the plan's GPU, the cheapest first."""
        from core.hardware.prices import default_price, prices_of
        from core.planner.joint.price import OWN_MACHINE

        gpu, spot = plan.known.gpu.id, plan.request.spot
        cheapest: dict[str, float] = {}
        for offer in prices_of(gpu):
            usd = offer.usd_per_gpu_hour(spot)
            if usd is not None:
                cheapest[offer.provider] = min(usd, cheapest.get(offer.provider, usd))
        usual = default_price(gpu, spot)
        name = self.tr("usual") if usual is None else self.tr("usual: {0}").format(usual.provider)
        names = sorted(cheapest, key=cheapest.__getitem__)
        own = [(OWN_MACHINE, self.tr("own machine: no rent"))] if is_profile(gpu) else []
        self.provider.set_choices(
            [(_USUAL, name), *own]
            + [(p, self.tr("{0}, from {1}").format(p, format_number(cheapest[p]))) for p in names]
        )
        chosen = plan.request.provider or _USUAL
        offered = (*cheapest, *dict(own))
        self.provider.set_choice(chosen if chosen in offered else _USUAL)
        self.spot.setChecked(spot)
        self.spot.setEnabled(spot or default_price(gpu, spot=True) is not None)
        self.provider.setEnabled(self._session.request.gpu != ANY_GPU)

    def _edit_provider(self, provider: str) -> None:
        self._session.edit(
            self.tr("change of provider"),
            provider=provider or None,
            price_usd_per_gpu_hour=None,  # whoever chooses a provider wants its price
        )

    def _edit_spot(self, spot: bool) -> None:
        # not every provider has both, and none is found again by the field
        self._session.edit(self.tr("change of spot"), spot=spot, provider=None)
