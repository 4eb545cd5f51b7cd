"""Codings name each outcome once; mirror images are each other's."""

from dataclasses import dataclass, replace

import pytest

from rramsim.alphabets import Alphabet
from rramsim.circuits.benches.pcsa_read import PcsaRead
from rramsim.circuits.coding import Coding, Mirror
from rramsim.errors import InputError
from rramsim.study import build_study

ALPHABET = Alphabet.of({"a": "x", "b": "y"}, ["x", "y"])
SIGNS = (("+1", "-1"), ("-1", "+1"))


def test_a_coding_renames_outcomes():
    coding = Coding(name="c", alphabet=ALPHABET, words=(("low", "x"), ("high", "y")))
    assert [coding.symbol(outcome) for outcome in ("low", "high")] == ["x", "y"]


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("../c", (("low", "x"), ("high", "y")), "name must be letters"),
        ("c", (("low", "x"), ("high", "x")), "each of its symbols to one outcome"),
        ("c", (("low", "x"),), "each of its symbols to one outcome"),
        ("c", (("low", "x"), ("high", "z")), "each of its symbols to one outcome"),
    ],
)
def test_what_is_no_coding(name, words, message):
    with pytest.raises(InputError, match=message):
        Coding(name=name, alphabet=ALPHABET, words=words)


def test_what_is_not_named_is_its_own_image():
    mirror = Mirror(sources=(), programmed=SIGNS, read=SIGNS)
    assert [mirror.image(symbol) for symbol in ("+1", "0", "-1")] == ["-1", "0", "+1"]
    assert mirror.outcome("?") == "?"


@pytest.mark.parametrize("pairs", [(("a", "b"),), (("a", "b"), ("b", "c")), (("a", "a"), ("a", "a"))])
def test_images_must_be_each_others(pairs):
    with pytest.raises(InputError, match="must be each other's"):
        Mirror(sources=pairs, programmed=(), read=())


@dataclass(frozen=True, kw_only=True)
class Claiming(PcsaRead):
    """Claims a mirror."""

    claimed: Mirror

    def mirror(self, corner):
        return self.claimed


def swept(claimed):
    study = build_study(name="s")
    (read,) = study.benches
    bench = Claiming(
        name=read.name, settings=read.settings, environment=read.environment, cells=read.cells, claimed=claimed
    )
    return replace(study.sweep, benches=(bench,))


def test_a_mirror_of_what_is_not_there_is_refused():
    with pytest.raises(InputError, match="is of what it lacks: sideways"):
        swept(Mirror(sources=(), programmed=(("sideways", "sideways"),), read=())).tasks(ngspice="39")
    with pytest.raises(InputError, match="is of what it lacks: r_x, r_y"):
        swept(Mirror(sources=(("r_x", "r_y"), ("r_y", "r_x"), ("r_bl", "r_bl")), programmed=SIGNS, read=SIGNS)).tasks(
            ngspice="39"
        )


def test_a_mirror_that_does_not_fit_the_spread_is_none():
    (task, *others) = swept(Mirror(sources=(), programmed=SIGNS, read=SIGNS)).tasks(ngspice="39")
    assert task.mirror is None  # r_bl and r_blb of a sign are not alike
    assert len(others) == 2
