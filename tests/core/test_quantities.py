"""Reading and writing quantities."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import InputError
from core.quantities import (
    Kind,
    format_count,
    format_duration,
    format_energy,
    format_mass,
    format_number,
    format_scientific,
    format_usd,
    parse_quantity,
    plain_ascii,
    units_understood,
)

POSITIVE = st.floats(-300, 300).map(lambda exponent: 10.0**exponent)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12", Kind.HOURS, 12),
        ("  12 ", Kind.HOURS, 12),
        ("12.", Kind.HOURS, 12),
        (".5", Kind.HOURS, 0.5),
        ("+3", Kind.HOURS, 3),
        ("3 days", Kind.HOURS, 72),
        ("3d", Kind.HOURS, 72),
        ("3 weeks", Kind.HOURS, 504),
        ("90min", Kind.HOURS, 1.5),
        ("90 m", Kind.HOURS, 1.5),
        ("36 s", Kind.HOURS, 0.01),
        ("1 year", Kind.HOURS, 8766),
        ("$20", Kind.USD, 20),
        ("$ 20", Kind.USD, 20),
        ("20 $", Kind.USD, 20),
        ("20 USD", Kind.USD, 20),
        ("$1,234.50", Kind.USD, 1234.5),
        ("2k", Kind.USD, 2000),
        ("2.005 $/h", Kind.USD_PER_HOUR, 2.005),
        ("1.5M", Kind.PARAMETERS, 1.5e6),
        ("1.5 M", Kind.PARAMETERS, 1.5e6),
        ("175B", Kind.PARAMETERS, 175e9),
        ("1 500 000", Kind.PARAMETERS, 1.5e6),
        ("1,500,000", Kind.PARAMETERS, 1.5e6),
        ("2e6", Kind.PARAMETERS, 2e6),
        ("2E+6", Kind.PARAMETERS, 2e6),
        ("2×10⁶", Kind.PARAMETERS, 2e6),
        ("2 × 10⁶", Kind.PARAMETERS, 2e6),
        ("2x10^6", Kind.PARAMETERS, 2e6),
        ("2*10**6", Kind.PARAMETERS, 2e6),
        ("3.03×10¹⁷ neFLO", Kind.COMPUTE_NEFLO, 3.03e17),
        ("1 PF-day", Kind.COMPUTE_NEFLO, 8.64e19),
        ("2P", Kind.COMPUTE_NEFLO, 2e15),
        ("5×10⁻³", Kind.ENERGY_KWH, 0.005),
        ("500 Wh", Kind.ENERGY_KWH, 0.5),
        ("2 MWh", Kind.ENERGY_KWH, 2000),
        ("250 g", Kind.CO2_KG, 0.25),
        ("1.2 t", Kind.CO2_KG, 1200),
        ("0.7 kW", Kind.WATTS, 700),
        ("534 g/kWh", Kind.CARBON_KG_PER_KWH, 0.534),
        ("0.534 kg/kWh", Kind.CARBON_G_PER_KWH, 534),
        ("3.2 nats", Kind.LOSS, 3.2),
        ("١٢", Kind.HOURS, 12),  # digits of any script are digits
        ("１２", Kind.HOURS, 12),
    ],
)
def test_what_people_type_is_read(text, kind, value):
    assert parse_quantity(text, kind, "x") == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "-3",
        "0",
        "-0",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1,5",  # one and a half, or fifteen hundred? ask rather than guess
        "1,50,000",
        "1.500.000",
        "1 50",
        "12 34",
        "1..5",
        "1e",
        "e5",
        "--5",
        "1-2",
        "12 h 30",
        "12 parsecs",
        "$",
        "3×1017",  # a lost superscript is no power of ten
        "0x10",
        "1_000",
        "²",
        "1/2",
        "5 %",
        "\x00",
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(text):
    with pytest.raises(InputError) as refused:
        parse_quantity(text, Kind.HOURS, "hours")
    assert refused.value.field == "hours"
    assert refused.value.value == text
    assert refused.value.expected.startswith("a positive number")


def test_a_refused_unit_is_answered_with_those_understood():
    with pytest.raises(InputError, match=r"in h \(units understood: s, sec, min, .*years\)"):
        parse_quantity("12 parsecs", Kind.HOURS, "hours")


def test_dollars_are_refused_where_no_money_is_asked_for():
    with pytest.raises(InputError):
        parse_quantity("$12", Kind.HOURS, "hours")


def test_zero_is_read_only_where_it_makes_sense():
    assert parse_quantity("0", Kind.USD_PER_HOUR, "price", zero_allowed=True) == 0
    with pytest.raises(InputError, match="a number of at least 0"):
        parse_quantity("-1", Kind.USD_PER_HOUR, "price", zero_allowed=True)


@given(st.text(max_size=12), st.sampled_from(Kind))
@example("9" * 400, Kind.HOURS)
@example("1e99999", Kind.HOURS)
@example("10⁹⁹⁹⁹", Kind.HOURS)
@example("1×10⁻⁻⁵", Kind.HOURS)
def test_any_text_is_a_finite_positive_number_or_an_input_error(text, kind):
    try:
        value = parse_quantity(text, kind, "x")
    except InputError:
        return
    assert math.isfinite(value) and value > 0


@given(POSITIVE, st.sampled_from(Kind), st.integers(2, 9))
@example(999.95, Kind.HOURS, 4)
@example(9.9996, Kind.HOURS, 4)
@example(999_999_999.9, Kind.HOURS, 4)
@example(0.00009999999, Kind.HOURS, 4)
@example(1e9, Kind.PARAMETERS, 3)
def test_a_number_as_written_reads_back_to_its_printed_digits(value, kind, digits):
    text = format_number(value, digits)
    printed = digits - 1 if "×" in text else digits
    back = parse_quantity(text, kind, "x")
    assert back == pytest.approx(value, rel=0.5000001 * 10.0 ** (1 - printed))
    with_unit = parse_quantity(f"{text} {kind.value}", kind, "x")
    assert with_unit == back


@given(POSITIVE, st.integers(1, 9))
def test_a_number_is_never_written_as_computers_do(value, digits):
    for text in (format_number(value, digits), format_scientific(value, digits)):
        assert "e" not in text and "nan" not in text


@given(st.floats(-3, 14.9).map(lambda exponent: 10.0**exponent))
@example(999_499.0)
@example(999_500.0)
def test_a_count_reads_back_to_three_digits(value):
    back = parse_quantity(format_count(value), Kind.PARAMETERS, "x")
    assert back == pytest.approx(value, rel=5.01e-3)
    assert len([c for c in format_count(value) if c.isdigit()]) >= 3


@given(st.floats(-7, 12).map(lambda exponent: 10.0**exponent))
def test_a_duration_adds_up_to_its_hours(hours):
    words = format_duration(hours).split()
    total = sum(
        parse_quantity(f"{number} {unit}", Kind.HOURS, "x") for number, unit in pairs(words)
    )
    assert total == pytest.approx(hours, rel=5.01e-3, abs=0.501 / 60 if hours >= 1 else 0)


def pairs(words):
    return zip(words[::2], words[1::2], strict=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12, "12"),
        (12.0, "12"),
        (3.19276, "3.193"),
        (1234.5, "1,234"),
        (123_456_789, "123,500,000"),
        (999.96, "1,000"),
        (999_999_999, "1,000,000,000"),
        (1e9, "1.00×10⁹"),
        (0.00012345, "0.0001234"),
        (0.000012345, "1.23×10⁻⁵"),
        (3.0303e17, "3.03×10¹⁷"),
        (-5.5, "-5.5"),
        (2.5000, "2.5"),
        (100.0, "100"),
    ],
)
def test_numbers_are_written_to_four_digits_without_padding(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(1.2345, 2, "1.2"), (119.35, 5, "119.35"), (1.0000049, 6, "1"), (9.99, 1, "10")],
)
def test_numbers_are_written_to_the_digits_asked_for(value, digits, text):
    assert format_number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (5, "5.00"),
        (999, "999"),
        (999.4, "999"),
        (999.6, "1.00 k"),
        (12_345, "12.3 k"),
        (999_400, "999 k"),
        (999_950, "1.00 M"),
        (45.06e6, "45.1 M"),
        (1.12e9, "1.12 B"),
        (2e12, "2.00 T"),
        (9.99e14, "999 T"),
        (1e15, "1.00×10¹⁵"),
    ],
)
def test_counts_are_written_with_a_suffix(value, text):
    assert format_count(value) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (1e-6, "0.0036 s"),
        (0.01, "36 s"),
        (0.0163, "58.7 s"),
        (0.4889, "29.3 min"),
        (1, "1 h"),
        (3.34, "3 h 20 min"),
        (1.9999, "2 h"),
        (12, "12 h"),
        (47.9, "47 h 54 min"),
        (47.999, "2 days"),
        (48, "2 days"),
        (365.25 * 24, "365 days"),
        (730 * 24, "2 years"),
        (8766 * 100, "100 years"),
    ],
)
def test_durations_are_written_as_people_say_them(hours, text):
    assert format_duration(hours) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0, "$0.00"),
        (0.0051, "$0.0051"),
        (0.98, "$0.98"),
        (24.06, "$24.06"),
        (999.99, "$999.99"),
        (1234.5, "$1,234"),
        (12_345_678, "$12,345,678"),
        (4.5e9, "$4.50 B"),
    ],
)
def test_dollars_are_written_with_cents_while_they_matter(usd, text):
    assert format_usd(usd) == text


@pytest.mark.parametrize(
    ("kwh", "text"),
    [(0.0143, ("14.3", "Wh")), (1.4322, ("1.43", "kWh")), (25_000, ("25", "MWh"))],
)
def test_energy_is_written_in_the_unit_of_its_size(kwh, text):
    assert format_energy(kwh) == text


@pytest.mark.parametrize(
    ("kg", "text"), [(0.0143, ("14.3", "g")), (0.765, ("0.765", "kg")), (25_000, ("25", "t"))]
)
def test_mass_is_written_in_the_unit_of_its_size(kg, text):
    assert format_mass(kg) == text


@pytest.mark.parametrize("kind", Kind)
def test_every_unit_offered_is_read_and_the_base_unit_is_one(kind):
    offered = units_understood(kind)
    assert len(set(offered)) == len(offered)
    scales = [parse_quantity(f"1 {unit}", kind, "x") for unit in offered]
    assert len(set(scales)) == len(scales)
    assert parse_quantity(f"1 {kind.value}", kind, "x") == 1


def test_an_input_error_names_field_value_and_what_would_be_right():
    error = InputError("hours", "-3", "a positive number")
    assert str(error) == 'hours must be a positive number, got "-3"'
    assert str(error.renamed("--hours")) == '--hours must be a positive number, got "-3"'
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("3 h 20 min", 10 / 3),
        ("3h20min", 10 / 3),
        ("2 days 12 h", 60),
        ("90 mins", 1.5),
        ("2 hrs", 2),
    ],
)
def test_durations_are_read_as_people_and_isoloss_write_them(text, hours):
    assert parse_quantity(text, Kind.HOURS, "hours") == pytest.approx(hours)


def test_plain_ascii_keeps_the_numbers():
    assert plain_ascii("3.03×10¹⁷ to 5.9×10⁻⁴ − 2\u00a0kg CO₂") == "3.03e17 to 5.9e-4 - 2 kg CO2"
