"""A person's own law in a file, with the resamples that its intervals are made of."""

from dataclasses import replace

import numpy as np
import pytest

from core.laws.law_file import SavedLaw, save_law
from core.laws.published import library

SPITEFUL = "<b>My</b> runs & <img src=x>"


@pytest.fixture
def make_law(tmp_path):
    """Writes a law like Besiroglu's under a name, with or without resamples."""

    def make(name=SPITEFUL, resamples=200, file="my law.isoloss-law", **about):
        law = library()["besiroglu-2024"]
        described = replace(law.about, id="", name=name, short_name=name, note=name, **about)
        law = replace(law, about=described)
        noise = np.random.default_rng(1).normal(0, 0.004, (resamples, 5))
        ensemble = np.array([law.A, law.B, law.E, law.alpha, law.beta]) * (1 + noise)
        saved = SavedLaw(law)
        if resamples:
            saved = SavedLaw(law, level=0.8, ensemble=ensemble)
        path = tmp_path / file
        save_law(saved, path)
        return path

    return make


@pytest.fixture
def choose(window, hands):
    """Chooses a law as the combo box does."""

    def choose(law):
        window.plan_view.inputs.law.chosen.emit(str(law))
        hands.settle()
        return window.session.plan

    return choose
