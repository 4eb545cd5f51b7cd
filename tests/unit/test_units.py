import pytest

from rramsim.units import format_number, number, quantity, spice_number


# ngspice manual, section 2.1.3.1: suffixes ignore case, letters after a number or suffix are ignored.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0), ("1.5", 1.5), (".5", 0.5), ("-2e-3", -2e-3), ("+3E2", 300.0),
        ("1T", 1e12), ("1g", 1e9), ("1MEG", 1e6), ("1Meg", 1e6), ("1k", 1e3), ("1mil", 25.4e-6),
        ("1M", 1e-3), ("1m", 1e-3), ("1u", 1e-6), ("1N", 1e-9), ("1p", 1e-12), ("1f", 1e-15), ("1a", 1e-18),
        ("100f", 1e-13), ("100fF", 1e-13), ("0.6u", 6e-7), ("10kohm", 1e4), ("1e-3k", 1.0),
    ],
)  # fmt: skip
def test_spice_suffixes(text, value):
    assert spice_number(text) == value


@pytest.mark.parametrize("text", ["", "k", "1..2", "1 2", "--1", "1_000", "one"])
def test_what_is_not_a_spice_number(text):
    with pytest.raises(ValueError, match="is not a SPICE number"):
        spice_number(text)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("50 ns", "s", 5e-8), ("50ns", "s", 5e-8), (50e-9, "s", 5e-8), (1, "V", 1.0), ("1.2 V", "V", 1.2),
        ("1200mV", "V", 1.2), ("5 kΩ", "Ω", 5e3), ("5 kohm", "Ω", 5e3), ("350 kOhm", "Ω", 350e3), ("1 MΩ", "Ω", 1e6),
        ("1 mΩ", "Ω", 1e-3), ("100 fF", "F", 1e-13), ("0.6 µm", "m", 6e-7), ("0.6 um", "m", 6e-7), ("2 m", "m", 2.0),
        ("-40 °C", "°C", -40.0), ("27 degC", "°C", 27.0), ("125", "°C", None),
    ],
)  # fmt: skip
def test_study_quantities(value, unit, expected):
    if expected is None:
        with pytest.raises(ValueError, match="the unit must be"):
            quantity(value, unit)
    else:
        assert quantity(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "message"),
    [
        ("50 mV", "s", "the unit must be s, with or without an SI prefix; found 'mV'"),
        ("50 xs", "s", "found 'xs'"),
        ("1 k°C", "°C", "the unit must be °C"),
        ("fast", "s", "expected a number in s"),
        (True, "V", "expected a number"),
        (None, "V", "expected a number"),
        ([1.2], "V", "expected a number"),
        (float("nan"), "V", "must be finite"),
        (float("inf"), "V", "must be finite"),
    ],
)
def test_wrong_quantities_say_what_is_expected(value, unit, message):
    with pytest.raises(ValueError, match=message):
        quantity(value, unit)


def test_plain_numbers_are_not_texts():
    assert number(3) == 3.0
    for wrong in ("3", True, None):
        with pytest.raises(ValueError, match="expected a number"):
            number(wrong)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_deck_never_holds_a_value_that_is_not_finite(value):
    with pytest.raises(ValueError, match="not finite"):
        format_number(value)
