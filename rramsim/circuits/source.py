"""Classes and functions that a study names: a built-in one is found by its catalog, ``module:Class`` is imported here.

A module is one that Python can import, or the path of a file that ends in ``.py``. To name one in a study is to run it.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from rramsim.errors import InputError, close_matches
from rramsim.files import is_file, resolved, sha256_of

_LOADED = "rramsim_user_"  # names of modules that were loaded from files


def find_class(name: str, *, relative_to: Path = Path()) -> type[Any]:
    """Import a class.

    Parameters
    ----------
    name
        ``module:Class``; the module may be the path of a file.
    relative_to
        Folder where a relative path starts.

    Raises
    ------
    InputError
        It is not of that form, cannot be imported, or there is no such class.
    """
    found: type[Any] = _find(name, relative_to, "Class", "comparator.py:Comparator", inspect.isclass)
    return found


def find_function(name: str, *, relative_to: Path = Path()) -> Callable[..., Any]:
    """Import a function, or what else can be called.

    Parameters
    ----------
    name
        ``module:function``; the module may be the path of a file.
    relative_to
        Folder where a relative path starts.

    Raises
    ------
    InputError
        It is not of that form, cannot be imported, or there is no such function.
    """
    found: Callable[..., Any] = _find(name, relative_to, "function", "net.py:build", callable)
    return found


def check_form(name: str, what: str, example: str) -> None:
    """Refuse what names nothing in a module.

    Parameters
    ----------
    name
        ``module:name``.
    what, example
        What it is to name, and how that looks.

    Raises
    ------
    InputError
        It is not of that form.
    """
    module, _, attribute = name.rpartition(":")
    if not module or not attribute.isidentifier():
        raise InputError(f"{name!r} is not of the form module:{what}, as {example}")


def _find(name: str, folder: Path, what: str, example: str, fits: Callable[[object], bool]) -> Any:
    check_form(name, what, example)
    module_name, _, attribute = name.rpartition(":")
    module = _module(module_name, folder)
    found = getattr(module, attribute, None)
    if not fits(found):
        known = [key for key, value in vars(module).items() if fits(value) and not key.startswith("_")]
        raise InputError(f"{module_name} has no {what.lower()} {attribute}; {close_matches(attribute, known)}")
    return found


def absolute(name: str, *, relative_to: Path) -> str:
    """``module:Class`` or ``module:function`` that means the same from every folder.

    Parameters
    ----------
    name
        As for :func:`find_class`.
    relative_to
        Folder where a relative path starts.
    """
    module, _, class_name = name.rpartition(":")
    return f"{resolved(relative_to / module)}:{class_name}" if module.endswith(".py") else name


def used_as(found: type[Any]) -> str:
    """Name by which :func:`find_class` finds a class again, in any process of this machine.

    Parameters
    ----------
    found
        The class.

    Raises
    ------
    InputError
        It is of no module that another process could import.
    """
    module = sys.modules[found.__module__]
    if module.__name__ == "__main__":
        raise InputError(f"the class {found.__name__} must be in a module or a file of its own: workers import it")
    source = str(module.__file__) if module.__name__.startswith(_LOADED) else module.__name__
    return f"{source}:{found.__qualname__}"


def code_hashes(found: type[Any]) -> dict[str, str]:
    """SHA-256 of a class's file, and of the files beside it that it imports, by name.

    Parameters
    ----------
    found
        A class; nothing is told of one of rramsim itself, whose version stands for its code.
    """
    if found.__module__.partition(".")[0] == __name__.partition(".")[0]:
        return {}
    path = inspect.getsourcefile(found)
    files = _with_imported(Path(path).resolve(), set()) if path else set()
    return {file.name: sha256_of(file) for file in sorted(files)}


def _with_imported(path: Path, known: set[Path]) -> set[Path]:
    """A file and those of its folder that it imports, directly or not."""
    known.add(path)
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(alias.name for alias in node.names)}
    for part in {part for name in names for part in name.split(".") if part}:
        file = path.with_name(f"{part}.py")
        if file.is_file() and file not in known:
            _with_imported(file, known)
    return known


def _module(name: str, folder: Path) -> ModuleType:
    try:
        return _from_file(resolved(folder / name)) if name.endswith(".py") else importlib.import_module(name)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # whatever its code does
        raise InputError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def _from_file(path: Path) -> ModuleType:
    if not is_file(path):
        raise InputError(f"no file {path}")
    # By its content as well: a file that was changed is another module.
    name = _LOADED + hashlib.sha256(str(path).encode() + path.read_bytes()).hexdigest()[:16]
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise InputError(f"{path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # before it runs: dataclasses look themselves up there
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
