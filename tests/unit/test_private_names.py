"""Tests use what a user may use: a private name may change without a test having to."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
_OWN = ("self", "cls")


def private(name):
    return name.startswith("_") and not name.endswith("_")  # those at both ends are others' protocols


def private_names(tree):
    """Line and name of each private name of something else that a test imports, reads, writes or patches."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rramsim":
            yield from ((node.lineno, alias.name) for alias in node.names if private(alias.name))
        elif isinstance(node, ast.Attribute) and private(node.attr):
            own = isinstance(node.value, ast.Name) and node.value.id in _OWN
            if not own and ast.unparse(node) != "os._exit":
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("setattr", "getattr", "delattr"):
            for argument in node.args[:2]:  # the name, or the dotted path of one
                if isinstance(argument, ast.Constant) and private(str(argument.value).split(".")[-1]):
                    yield node.lineno, str(argument.value)


def found():
    for path in sorted(TESTS.rglob("*.py")):
        for line, name in private_names(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(TESTS).as_posix(), line, name


def test_tests_do_not_reach_into_private_names():
    assert [f"{path}:{line}: {name}" for path, line, name in found()] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from rramsim.files import _temporary", "_temporary"),
        ("engine()._shared.tail", "_shared"),
        ("runs._results = {}", "_results"),
        ("monkeypatch.setattr(resources, '_PACKAGE', 1)", "_PACKAGE"),
        ("monkeypatch.setattr('rramsim.files._TEMPORARY', 1)", "rramsim.files._TEMPORARY"),
    ],
)
def test_private_names_are_seen(text, name):
    assert list(private_names(ast.parse(text))) == [(1, name)]


@pytest.mark.parametrize("text", ["self._start()", "os._exit(1)", "from rramsim import __version__", "f.__name__"])
def test_own_and_public_names_are_not(text):
    assert list(private_names(ast.parse(text))) == []
