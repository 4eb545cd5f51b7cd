import json

import pytest

from rramsim.errors import InputError
from rramsim.rare.reasons import Note, Reason


def note(reason):
    return Note(reason=reason, value=3.0 if "{value" in reason.message else None)


def test_a_note_prints_its_number_as_tables_do():
    assert str(Note(reason=Reason.FAILURE_REGIONS, value=2.0)) == "2 failure regions"
    assert str(Note(reason=Reason.NOT_MET, value=10.94)) == "not met within 10.9 standard deviations of typical devices"
    assert str(Note(reason=Reason.COUNTING_CHEAPER)) == "counting is cheaper"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_it_is_and_what_to_do_and_comes_back_from_a_file(reason):
    one = note(reason)
    assert "{" not in str(one)
    assert ";" not in str(one).replace("; the upper bound", "")  # joins the notes of a row
    assert one.advice.endswith(".")
    assert Note.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": Reason.FAILURE_REGIONS},
        {"reason": Reason.SKEWED, "value": 1.0},
        {"reason": Reason.NOT_MET, "value": float("nan")},
    ],
)
def test_a_number_is_there_where_the_text_has_one(wrong):
    with pytest.raises(InputError, match="with the number"):
        Note(**wrong)


@pytest.mark.parametrize("stored", ["counting is cheaper", {"reason": "no such", "value": None}, {"reason": "skewed"}])
def test_what_is_no_note_is_refused(stored):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Note.from_json(stored)
