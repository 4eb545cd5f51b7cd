import itertools

import pytest

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
