import pytest

from gui.widgets.notches import next_notch, tidy


@pytest.mark.parametrize(
    ("value", "above", "below"),
    [
        (1, 2, 0.5),
        (2, 5, 1),
        (5, 10, 2),
        (10, 20, 5),
        (3.3, 5, 2),
        (0.07, 0.1, 0.05),
        (0.1 + 0.2, 0.5, 0.2),
        (9.999999999999e16, 2e17, 5e16),
    ],
)
def test_notches_are_one_two_five(value, above, below):
    assert next_notch(value, 1) == above
    assert next_notch(value, -1) == below


@pytest.mark.parametrize("value", [0.0, 5e-324, 1.7e308])
def test_there_is_no_notch_beyond_what_a_float_holds(value):
    assert next_notch(value, 1) == value
    assert next_notch(value, -1) == value


def test_tidy_keeps_significant_digits():
    assert tidy(123.456, 3) == 123
    assert tidy(0.00123456, 2) == 0.0012
