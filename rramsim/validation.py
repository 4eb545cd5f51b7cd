"""Turn what pydantic finds wrong in a TOML file into problems that name the key, the value and what is allowed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rramsim.errors import MissingResourceError, Problem, StudyError, close_matches

Location = tuple[Any, ...]


class Section(BaseModel):
    """One table of a TOML file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        It cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingResourceError(f"no file {path}") from None
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(path, f"is not TOML: {error}") from None


def _unreadable(path: Path, message: str) -> StudyError:
    return StudyError(path, [Problem(key="(file)", value=path.name, message=message)])


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every problem that ``error`` holds, found while ``model`` was validated."""
    return [_problem(item, model) for item in error.errors()]


def _problem(item: Any, model: type[BaseModel]) -> Problem:
    location = tuple(part for part in item["loc"] if not _is_type_label(part))
    if item["type"] == "extra_forbidden":
        known = sorted(_fields_at(model, location[:-1]))
        return Problem(
            key=_dotted(location),
            value=item["input"],
            message=f"unknown key; {close_matches(str(location[-1]), known)}",
        )
    if item["type"] == "missing":
        return Problem(key=_dotted(location), value=None, message="is required")
    message = item["msg"].removeprefix("Value error, ")
    value = item["input"]
    if isinstance(value, BaseModel):
        # A check of a whole section: its message names the value.
        return Problem(key=_dotted(location), value="the section", message=message)
    return Problem(key=_dotted(location), value=value, message=message[:1].lower() + message[1:])


def _is_type_label(part: object) -> bool:
    """Pydantic puts the names of union members and validators into a location."""
    return isinstance(part, str) and ("[" in part or part.startswith("function-"))


def _fields_at(model: type[BaseModel], location: Location) -> Iterator[str]:
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _section_class(model.model_fields[part].annotation) or model
    return (name for name, field in model.model_fields.items() if not field.exclude)


def _section_class(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_class(argument) for argument in getattr(annotation, "__args__", ()))
    return next((section for section in found if section is not None), None)


def _dotted(location: Location) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(file)"
