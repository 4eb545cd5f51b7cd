"""Errors cross process borders whole, and every leaf is what a Python programmer would catch."""

import pickle
from pathlib import Path

import pytest

from rramsim import errors
from rramsim.errors import (
    ConvergenceError,
    InputError,
    MissingExtraError,
    NgspiceNotFoundError,
    NgspiceTimeoutError,
    Problem,
    RramsimError,
    SimulationError,
    StudyError,
)


@pytest.mark.parametrize(
    "error",
    [
        ConvergenceError("it stopped", deck_path=Path("a.cir"), log_tail="line 1\nline 2", state="exit status 1"),
        NgspiceNotFoundError("no library"),
        NgspiceTimeoutError("not done within 600 s", state="killed after 600 s"),
        StudyError("study.toml", [Problem(key="ber.max_trials", value=-1, message="must be above 0")]),
        MissingExtraError("torch", "nn"),
        InputError("bad"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickling(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_simulation_error_tells_deck_state_and_log():
    error = SimulationError("it failed", deck_path=Path("decks/x.cir"), log_tail="last words", state="exit status 1")
    assert str(error).splitlines() == [
        "it failed",
        "  ngspice ended with: exit status 1",
        "  deck: decks/x.cir",
        "  last lines of ngspice:",
        "    last words",
    ]


def test_exit_codes_follow_the_branch():
    leaves = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, RramsimError)]
    assert len(leaves) > 10
    for leaf in leaves:
        assert leaf.exit_code == (2 if issubclass(leaf, InputError) else 1)


@pytest.mark.parametrize(
    ("leaf", "builtin"),
    [
        (errors.InputError, ValueError),
        (errors.MissingResourceError, FileNotFoundError),
        (errors.OutputError, OSError),
        (errors.WriteError, OSError),
        (errors.SimulationError, RuntimeError),
        (errors.NgspiceNotFoundError, FileNotFoundError),
        (errors.NgspiceTimeoutError, TimeoutError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_leaves_are_builtins_too(leaf, builtin):
    assert issubclass(leaf, builtin)


def test_every_problem_of_a_file_is_told():
    problems = [Problem(key="a.b", value=1, message="wrong"), Problem(key="c", value="x", message="also wrong")]
    assert str(StudyError("s.toml", problems)) == (
        "s.toml cannot be used:\n  a.b: wrong (got 1)\n  c: also wrong (got 'x')"
    )
