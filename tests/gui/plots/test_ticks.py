import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.plots.ticks import plain_ticks, power_ticks

GAP = 10.0


def extent(text):
    return 7.0 * len(text)


def labels(ticks):
    return [text for _, text in ticks.labelled]


def test_decades_are_labelled_with_superscripts():
    ticks = power_ticks(14, 18, 600, extent, GAP)
    assert labels(ticks) == ["10¹⁴", "10¹⁵", "10¹⁶", "10¹⁷", "10¹⁸"]


def test_minor_ticks_are_2_to_9():
    ticks = power_ticks(14, 18, 600, extent, GAP)
    assert [m for m in ticks.minor if 14 < m < 15] == pytest.approx(
        [14 + math.log10(k) for k in range(2, 10)]
    )


def test_many_decades_are_thinned_evenly():
    ticks = power_ticks(0, 24, 300, extent, GAP)
    steps = {round(b[0] - a[0]) for a, b in pairwise(ticks.labelled)}
    assert len(steps) == 1
    assert steps.pop() > 1


def test_inside_a_decade_labels_carry_a_mantissa():
    shown = labels(power_ticks(17.0, 18.0, 600, extent, GAP))
    assert shown == ["10¹⁷", "2×10¹⁷", "5×10¹⁷", "10¹⁸"]


def test_far_zoom_labels_tell_neighbours_apart():
    shown = labels(power_ticks(17.30, 17.32, 600, extent, GAP))
    assert len(shown) >= 2
    assert len(set(shown)) == len(shown)


def test_loss_is_written_in_plain_decimals():
    shown = labels(plain_ticks(math.log10(2.8), math.log10(5.7), 360, lambda _: 14.0, 22.0))
    assert shown == ["3.0", "3.5", "4.0", "4.5", "5.0", "5.5"]


@pytest.mark.parametrize("low, high, length", [(1, 1, 100), (2, 1, 100), (0, 1, 0)])
def test_a_range_without_room_has_no_ticks(low, high, length):
    assert power_ticks(low, high, length, extent, GAP).labelled == ()


@given(
    low=st.floats(-3, 24),
    span=st.floats(0.01, 20),
    length=st.floats(30, 2000),
    make=st.sampled_from([power_ticks, plain_ticks]),
)
def test_labels_never_overlap_and_lie_in_the_range(low, span, length, make):
    ticks = make(low, low + span, length, extent, GAP)
    scale = length / span
    for (a, first), (b, second) in pairwise(ticks.labelled):
        assert (b - a) * scale >= (extent(first) + extent(second)) / 2 + GAP - 1e-6
    for position in (*[p for p, _ in ticks.labelled], *ticks.minor):
        assert low - 1e-6 <= position <= low + span + 1e-6


@given(low=st.floats(10, 20), span=st.floats(0.02, 12))
def test_a_usual_axis_always_says_where_one_is(low, span):
    assert labels(power_ticks(low, low + span, 500, extent, GAP))


@given(low=st.floats(-1, 20), span=st.floats(0.02, 12))
def test_a_label_names_its_position(low, span):
    for position, text in power_ticks(low, low + span, 500, extent, GAP).labelled:
        assert _value(text) == pytest.approx(10.0**position, rel=1e-2)


def _value(text):
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    mantissa, _, power = plain.rpartition("×")
    return float(mantissa or 1) * 10.0 ** int(power[2:])
