"""Which price a plan takes, and how it says so."""

from dataclasses import dataclass

from core.errors import InputError
from core.hardware.devices import Device
from core.hardware.prices import Price, default_price, prices_of
from core.planner.request import PlanRequest, check_rate

OWN_PRICE = "your own price"
OWN_MACHINE = "own machine"  # a provider: nobody rents it out, so only one's own price counts
NO_PRICE = "no price is known"
NO_SPOT_PRICE = "no spot price is known"


@dataclass(frozen=True, slots=True)
class Priced:
    """A price per GPU-hour with its source; both may be missing.

    Attributes:
        usd_per_gpu_hour: None where nobody offers the GPU.
        source: for people.
        offer: the row of the catalogue; None for a person's own figure.
    """

    usd_per_gpu_hour: float | None
    source: str
    offer: Price | None = None

    @property
    def dated(self) -> str:
        """The source with its date."""
        if self.offer is None:
            return self.source
        return f"{self.source}, price of {self.offer.as_of or 'unknown date'}"


def price_of(request: PlanRequest, gpu: Device) -> Priced:
    """The price that a request is planned with: one's own, a provider's, or the usual one.

    Raises:
        InputError: a price below 0, or a provider that does not offer the GPU.
    """
    own = request.price_usd_per_gpu_hour
    if own is not None:
        check_rate(own, "price_usd_per_gpu_hour", zero_allowed=True)
        return Priced(own, OWN_PRICE)
    offer = default_price(gpu.id, request.spot)
    if (request.provider or "").casefold() == OWN_MACHINE:
        if offer is None or offer.origin != "yours":
            return Priced(None, NO_PRICE)
    elif request.provider is not None:
        offer = _offer_of(request.provider, gpu, request.spot)
    if offer is None:
        only_on_demand = request.spot and default_price(gpu.id) is not None
        return Priced(None, NO_SPOT_PRICE if only_on_demand else NO_PRICE)
    return Priced(offer.usd_per_gpu_hour(request.spot), _source(offer, request.spot), offer)


def _offer_of(provider: str, gpu: Device, spot: bool) -> Price:
    """The provider's cheapest offer of its newest year, one with the host before one without."""
    offers = [row for row in prices_of(gpu.id) if row.usd_per_gpu_hour(spot) is not None]
    of_provider = [row for row in offers if row.provider.casefold() == provider.casefold()]
    if not of_provider:
        names = ", ".join(sorted({row.provider for row in offers})) or "none, for nobody offers it"
        kind = "spot " if spot else ""
        raise InputError("provider", provider, f"one with a {kind}price of {gpu.name}: {names}")
    newest = max(row.as_of[:4] for row in of_provider)
    fresh = [row for row in of_provider if row.as_of[:4] == newest]
    return min(fresh, key=lambda row: (row.leaves_host_out, row.usd_per_gpu_hour(spot)))


def _source(offer: Price, spot: bool) -> str:
    where = " ".join(part for part in (offer.provider, offer.region, offer.instance) if part)
    kind = "spot" if spot else "on demand"
    host = ", host not included" if offer.leaves_host_out else ""
    sure = "" if offer.verified else ", unverified"
    return f"{where}, {kind}{host}{sure}"
