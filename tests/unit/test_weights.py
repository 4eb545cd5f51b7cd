import itertools

import pytest

from rramsim.errors import InputError
from rramsim.weights import ErrorType, Weight, WeightKind, error_type

CONFUSION = {
    ("+1", "-1"): "1", ("-1", "+1"): "1", ("+1", "0"): "2", ("-1", "0"): "2", ("0", "+1"): "3", ("0", "-1"): "3",
    ("+1", "?"): "?", ("-1", "?"): "?",
}  # fmt: skip


@pytest.mark.parametrize("kind", WeightKind)
def test_every_confusion_has_the_type_of_the_definition(kind):
    for programmed, read in itertools.product(kind.programmed, kind.read):
        expected = CONFUSION.get((programmed.value, read.value))
        assert error_type(programmed, read) == (None if expected is None else ErrorType(expected))
        assert (error_type(programmed, read) is None) == (programmed is read)


def test_a_binary_cell_never_holds_zero():
    assert Weight.ZERO not in WeightKind.BINARY.programmed
    assert Weight.UNRESOLVED in WeightKind.BINARY.read
    assert Weight.UNRESOLVED not in WeightKind.TERNARY.read


def test_states_numbers_and_opposites_of_the_weights():
    assert [weight.states for weight in WeightKind.TERNARY.programmed] == [
        ("lrs", "hrs"),
        ("hrs", "hrs"),
        ("hrs", "lrs"),
    ]
    assert [weight.number for weight in WeightKind.TERNARY.programmed] == [1, 0, -1]
    for weight in WeightKind.TERNARY.programmed:
        assert weight.opposite.number == -weight.number
        assert weight.opposite.states == weight.states[::-1]
    assert Weight.UNRESOLVED.opposite is Weight.UNRESOLVED
    for read in ("states", "number"):
        with pytest.raises(InputError, match="unresolved read is no"):
            getattr(Weight.UNRESOLVED, read)


def test_each_kind_has_its_word_for_an_unresolved_read_and_its_errors():
    for kind in WeightKind:
        assert kind.unresolved in kind.read
        assert {error_type(p, r) for p in kind.programmed for r in kind.read} - {None} == set(kind.errors)
    assert WeightKind.BINARY.errors == (ErrorType.SIGN, ErrorType.UNRESOLVED)
    assert WeightKind.TERNARY.errors == (ErrorType.SIGN, ErrorType.TO_ZERO, ErrorType.FROM_ZERO)
