import pytest

from rramsim.alphabets import Alphabet, ErrorClass
from rramsim.errors import InputError
from rramsim.weights import WeightKind, any_weights

COMPARATOR = Alphabet.of({"above": "high", "below": "low"}, ["high", "between", "low"])


def test_an_alphabet_of_ones_own():
    assert COMPARATOR.misreads("above") == ("between", "low")
    assert COMPARATOR.error("above", "high") is None
    assert COMPARATOR.error("below", "between").symbol == "error"
    assert Alphabet.from_json(COMPARATOR.to_json()) == COMPARATOR


@pytest.mark.parametrize("kind", WeightKind)
def test_that_of_weights(kind):
    alphabet = kind.alphabet
    assert alphabet.programmed == tuple(kind.programmed)
    assert alphabet.read == tuple(kind.read)
    assert [error.symbol for error in alphabet.classes] == [error.value for error in kind.errors]
    assert Alphabet.from_json(alphabet.to_json()) == alphabet
    assert any_weights().error("+1", "-1").label == "type 1 (+1 ↔ −1)"
    assert any_weights().error("-1", "?").slug == "unresolved"


ERROR = ErrorClass(symbol="e", label="error", slug="e")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"programmed": ()}, "programmed of an alphabet must not be empty"),
        ({"read": ("x", "x")}, "read of an alphabet must not be empty or name anything twice"),
        ({"read": ("x", "y z")}, "'y z' is no symbol"),
        ({"confusions": (("a", "z", "e"),)}, "has no a read as z of error class e"),
        ({"confusions": (("a", "y", "f"),)}, "has no a read as y of error class f"),
        ({"confusions": (("a", "x", "e"), ("a", "y", "e"))}, "no outcome is right for a"),
    ],
)
def test_what_is_no_alphabet(change, message):
    good = {"programmed": ("a",), "read": ("x", "y"), "classes": (ERROR,), "confusions": (("a", "y", "e"),)}
    with pytest.raises(InputError, match=message):
        Alphabet(**good | change)


@pytest.mark.parametrize("change", [{"symbol": "a b"}, {"slug": "a/b"}, {"slug": ""}, {"label": "a\nb"}])
def test_what_is_no_error_class(change):
    with pytest.raises(InputError, match="needs a symbol and a slug"):
        ErrorClass(**{"symbol": "e", "label": "error", "slug": "e"} | change)


def test_a_right_outcome_is_one_of_the_outcomes():
    with pytest.raises(InputError, match="'high' is right, and none of the outcomes low"):
        Alphabet.of({"above": "high"}, ["low"])
