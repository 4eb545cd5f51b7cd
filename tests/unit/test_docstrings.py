"""Public functions say what they take, in which unit, what they raise and where it comes from."""

import ast
import re
from pathlib import Path

import pytest

import rramsim

PACKAGE = Path(rramsim.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
# The longest files and functions allowed, without a reason stated here.
LONGEST_FILE = 400
LONGEST_FUNCTION = 60  # docstring included


def public_functions():
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(path, node, id=f"{path.relative_to(PACKAGE)}:{node.name}")


def argument_names(function):
    """Names of a function's arguments; one that begins with an underscore is not used, and needs no words."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [argument.arg for argument in arguments if not argument.arg.startswith("_")]


@pytest.mark.parametrize(("path", "function"), list(public_functions()))
def test_parameters_section_names_the_parameters(path, function):
    text = ast.get_docstring(function) or ""
    if "Parameters\n----------" not in text:
        return
    section = text.split("Parameters\n----------")[1].split("\n\n" + "Returns")[0]
    arguments = {name for name in argument_names(function) if name not in ("self", "cls")}
    described = {name for line in re.findall(r"^(\w[\w, ]*)$", section, re.MULTILINE) for name in line.split(", ")}
    assert arguments <= described, f"not described: {arguments - described}"


def test_what_is_raised_is_in_the_docstring():
    """A raise of one of our errors in a public function must be named under Raises."""
    missing = []
    for parameter in public_functions():
        path, function = parameter.values
        if path.name in ("validation.py", "main.py"):
            continue
        raised = {
            node.exc.func.id
            for node in ast.walk(function)
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
        }
        text = ast.get_docstring(function) or ""
        missing += [
            f"{path.name}:{function.name}: {name}" for name in raised if name.endswith("Error") and name not in text
        ]
    assert missing == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, (
                f"{node.name} has {node.end_lineno - node.lineno} lines"
            )


def test_every_package_says_what_it_is_for():
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
