"""Classes that a study names: found again in another process, and with what they are made of."""

import pickle
import sys

import pytest

from rramsim.circuits.benches.catalog import BENCHES, find_bench
from rramsim.circuits.source import absolute, code_hashes, find_class, used_as
from rramsim.errors import InputError

MODULE = "from helper import LIMIT\n\nclass Own:\n    limit = LIMIT\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own.py").write_text(MODULE)
    (tmp_path / "helper.py").write_text("import math\nLIMIT = 1\n")
    (tmp_path / "unused.py").write_text("")
    yield tmp_path
    sys.modules.pop("helper", None)


def test_a_class_is_found_again_by_its_file(folder):
    found = find_class("own.py:Own", relative_to=folder)
    assert used_as(found) == absolute("own.py:Own", relative_to=folder) == f"{folder / 'own.py'}:Own"
    assert find_class(used_as(found)) is found
    assert absolute("package.module:Own", relative_to=folder) == "package.module:Own"


def test_a_changed_file_is_another_module(folder):
    first = find_class("own.py:Own", relative_to=folder)
    (folder / "own.py").write_text(MODULE.replace("= LIMIT", "= 2"))
    second = find_class("own.py:Own", relative_to=folder)
    assert (first.limit, second.limit) == (1, 2)


def test_what_it_imports_from_beside_it_counts(folder):
    found = find_class("own.py:Own", relative_to=folder)
    first = code_hashes(found)
    assert set(first) == {"own.py", "helper.py"}
    (folder / "unused.py").write_text("x = 1\n")
    assert code_hashes(found) == first
    (folder / "helper.py").write_text("LIMIT = 1  # changed\n")
    assert code_hashes(found)["helper.py"] != first["helper.py"]
    assert code_hashes(found)["own.py"] == first["own.py"]


@pytest.mark.parametrize("name", BENCHES)
def test_the_version_stands_for_the_code_of_what_is_built_in(name):
    """An edit of a docstring would make other tasks of committed studies otherwise, that no verification knows."""
    assert code_hashes(find_bench(name)) == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own.py", "not of the form module:Class"),
        ("own.py:Own.limit", "not of the form module:Class"),
        ("none.py:Own", "no file"),
        ("own.py:Owm", "no class Owm; did you mean 'Own'"),
        ("own.py:LIMIT", "no class LIMIT"),
        ("no_such_module_at_all:Own", "cannot be imported: ModuleNotFoundError"),
        ("json:JSONDecoderr", "did you mean 'JSONDecoder'"),
    ],
)
def test_what_cannot_be_found(folder, name, message):
    with pytest.raises(InputError, match=message):
        find_class(name, relative_to=folder)


def test_code_that_fails_is_told_and_leaves_no_module(folder):
    (folder / "own.py").write_text("raise SystemExit(3)")
    before = set(sys.modules)
    with pytest.raises(InputError, match=r"own\.py cannot be imported: SystemExit"):
        find_class("own.py:Own", relative_to=folder)
    assert set(sys.modules) == before


def test_a_class_of_the_main_program_is_refused(monkeypatch):
    own = type("Own", (), {"__module__": "__main__"})
    with pytest.raises(InputError, match="must be in a module or a file of its own"):
        used_as(own)


def test_a_bench_goes_to_another_process(tmp_path):
    from rramsim.study import Study

    (bench,) = Study(study={"name": "s"}).benches
    again = pickle.loads(pickle.dumps(bench))
    assert again == bench
    assert dict(again.identity) == dict(bench.identity)
