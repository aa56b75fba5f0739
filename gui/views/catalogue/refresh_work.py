"""Whether prices can be fetched here, and the sentences about what came of it."""

import sys
from importlib.util import find_spec

from PySide6.QtCore import QCoreApplication

from core.bundle import bundle_folder
from core.errors import InputError
from core.hardware.offers import Fetch, fetch_offers
from gui.translate import translated

translate = QCoreApplication.translate

_PACKAGE = "gpuhunt"


def install_command() -> str:
    """What to type into a terminal to get the extra, for the Python that runs now.

    Nothing in a bundle: it has no pip.
    """
    if bundle_folder():
        return ""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install {_PACKAGE}"


def is_missing(fetch: Fetch) -> bool:
    """Whether prices cannot be fetched because the extra is not there."""
    return fetch is fetch_offers and find_spec(_PACKAGE) is None


def refusal(error: InputError) -> str:
    """Why a provider gave nothing, in one sentence."""
    if error.message.code == "no_gpuhunt":
        return missing_text()
    sentence = translate("Catalogue", "{0} gave no prices: it must be {1}.")
    return sentence.format(error.value, translated(error.message))


def missing_text() -> str:
    """What to do without the extra."""
    if bundle_folder():
        return translate(
            "Catalogue",
            "This app does not bring {0}, which fetches prices. Type in a price of your own"
            " under Prices, or refresh with an Isoloss that runs in Python: it keeps its prices"
            " where this app looks for them.",
        ).format(_PACKAGE)
    return translate(
        "Catalogue",
        "Prices are asked for through {0}, which is not installed; this command installs it: {1}",
    ).format(_PACKAGE, install_command())
