"""Words that several sheets share: verified or not, whose row it is, how old a price is."""

from datetime import date

from PySide6.QtCore import QCoreApplication

from core.hardware.prices import STALE_DAYS, Price, age_text, is_stale
from gui.translate import translated
from gui.views.catalogue.table import MARK

translate = QCoreApplication.translate


def not_verified() -> str:
    """Why a figure has the mark."""
    return translate("Catalogue", "not verified: nobody checked it against a second source")


def verified_text(is_verified: bool) -> str:
    """Whether a row was checked, in a word."""
    if is_verified:
        return translate("Catalogue", "verified")
    return translate("Catalogue", "not verified")


def origin_text(origin: str) -> str:
    """Whose row it is."""
    return {
        "shipped": translate("Catalogue", "shipped"),
        "refreshed": translate("Catalogue", "refreshed"),
        "yours": translate("Catalogue", "yours"),
        "measured": translate("Catalogue", "measured by you"),
    }[origin]


def mark_legend() -> str:
    """What the mark means."""
    return translate("Catalogue", "{0} not verified against a second source.").format(MARK)


def age_word(price: Price, today: date) -> str:
    """How old a price is, in a word or two."""
    if not price.as_of:
        return translate("Catalogue", "no date")
    stale = is_stale(price, today)
    if stale is None:
        return translate("Catalogue", "maybe over {0} days").format(STALE_DAYS)
    word = (
        translate("Catalogue", "over {0} days old")
        if stale
        else translate("Catalogue", "{0} days or less")
    )
    return word.format(STALE_DAYS)


def age_doubt(price: Price, today: date) -> str:
    """The sentence about a price that is, or may be, stale; empty for a fresh one."""
    return "" if is_stale(price, today) is False else translated(age_text(price, today))
