"""Turn what pydantic finds wrong in a TOML file into problems that name the key, the value and what is allowed."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from rramsim.errors import MissingResourceError, Problem, StudyError, close_matches

Location = tuple[Any, ...]

# No operating system takes a NUL, no deck a line end.
PathText = Annotated[StrictStr, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=1000)]
# Names files and rows of tables.
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_LONGEST_NAME = 100
Name = Annotated[StrictStr, Field(pattern=_NAME, max_length=_LONGEST_NAME)]

# What pydantic calls a value in the place of a list or a table.
_LIST_WANTED = ("tuple_type", "list_type", "set_type", "frozen_set_type")
_TABLE_WANTED = ("model_type", "model_attributes_type", "dict_type")

_DEEPEST = 16  # tables in tables; no file needs half of it
_LARGEST = 2**63  # TOML's integers have 64 bits
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def is_name(text: str) -> bool:
    """Whether a text may name files and rows of tables: it leads to no other folder, on no system.

    Parameters
    ----------
    text
        The text.

    Examples
    --------
    >>> is_name("ternary_2t2r"), is_name("../run")
    (True, False)
    """
    return len(text) <= _LONGEST_NAME and re.fullmatch(_NAME, text) is not None


class Section(BaseModel):
    """One table of a TOML file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy with other values, which are not checked. What was worked out from the old ones is forgotten.

        Parameters
        ----------
        update
            Values by the names of their fields.
        deep
            Whether values are copied, too.

        Raises
        ------
        TypeError
            There is no field of such a name.
        """
        fields = type(self).model_fields
        for name in update or ():
            if name not in fields:
                raise TypeError(f"{type(self).__name__} has no {name!r}; {close_matches(name, fields)}")
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - fields.keys():  # cached properties, which pydantic copies
            del copied.__dict__[name]
        return copied


S = TypeVar("S", bound=Section)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path
        The file, UTF-8 with or without a byte-order mark.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        It cannot be read, is not TOML, is nested too deeply or holds an integer of more than 64 bits.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise MissingResourceError(f"no file {path}") from None
    except (OSError, ValueError) as error:  # a path with a NUL is a wrong value
        raise _unreadable(path, f"cannot be read: {getattr(error, 'strerror', error)}") from None
    return parse_toml(content, path)


def parse_toml(content: bytes, path: Path) -> dict[str, Any]:
    """Values of a TOML file that has been read.

    Parameters
    ----------
    content
        What it holds: UTF-8 with or without a byte-order mark. As bytes, because reading as text would turn a lone
        carriage return, which TOML forbids, into a line end.
    path
        What messages call it.

    Raises
    ------
    StudyError
        It is not TOML, is nested too deeply or holds an integer of more than 64 bits.
    """
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(path, f"is not TOML: {error}") from None
    except ValueError:  # Python converts no longer ones
        raise _unreadable(path, "is not TOML: it holds an integer of thousands of digits") from None
    found = list(_unusable(data, ()))
    if found:
        raise StudyError(path, found)
    return data


def _unusable(value: Any, location: Location) -> Iterator[Problem]:
    """Find what Python reads but cannot print or convert."""
    if len(location) > _DEEPEST:
        yield Problem(key=dotted(location), value=type(value).__name__, message="is nested too deeply")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unusable(item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unusable(item, (*location, index))
    elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        size = f"an integer of {value.bit_length()} bits"
        yield Problem(key=dotted(location), value=size, message="an integer must fit into 64 bits")


def _unreadable(path: Path, message: str) -> StudyError:
    return StudyError(path, [Problem(key="(file)", value=path.name, message=message)])


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every problem that pydantic found.

    Parameters
    ----------
    error
        What it raised.
    model
        The section that was validated: tells which keys are known where one is not.
    """
    return [_problem(item, model) for item in error.errors()]


def nested(model: type[S], values: Any) -> S:
    """A section that another one holds as plain values, for a validator of that one.

    Parameters
    ----------
    model
        What they must be.
    values
        The values.

    Raises
    ------
    ValidationError
        They are not; each problem has its key in them, and known keys are those of ``model``.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = [
            InitErrorDetails(type=PydanticCustomError("nested", "{message}", {"message": found.message}),
                             loc=item["loc"], input=found.value)
            for item, found in zip(error.errors(), problems(error, model), strict=True)
        ]  # fmt: skip
        raise ValidationError.from_exception_data(model.__name__, details) from None


def _problem(item: Any, model: type[BaseModel]) -> Problem:
    location = item["loc"]
    if location[-2:] == (item["input"], "[key]"):  # so pydantic says that a key itself is wrong
        location = location[:-1]
    if item["type"] == "extra_forbidden":
        known = sorted(_fields_at(model, location[:-1]))
        return Problem(
            key=dotted(location),
            value=item["input"],
            message=f"unknown key; {close_matches(str(location[-1]), known)}",
        )
    if item["type"] == "missing":
        return Problem(key=dotted(location), value=None, message="is required")
    value = item["input"]
    if item["type"] in _LIST_WANTED:
        return Problem(key=dotted(location), value=value, message=_as_list(value, model, location))
    if item["type"] in _TABLE_WANTED:
        return Problem(key=dotted(location), value=value, message=f"write a table, headed {_heading(location)}")
    message = item["msg"].removeprefix("Value error, ")
    if isinstance(value, BaseModel):
        # A check of a whole section: its message names the value.
        return Problem(key=dotted(location), value="the section", message=message)
    return Problem(key=dotted(location), value=value, message=message[:1].lower() + message[1:])


def _as_list(value: Any, model: type[BaseModel], location: Location) -> str:
    """How to write a list, where something else was found."""
    field = _section_at(model, location[:-1]).model_fields.get(location[-1])
    if field is not None and _section_class(field.annotation) is not None:
        return f"write a table for each, headed {_heading((*location, 0))}"
    if isinstance(value, str | bool):
        return f"write a list, as [{json.dumps(value, ensure_ascii=False)}]"
    if isinstance(value, int | float):
        return f"write a list, as [{value!r}]"
    return "write a list"


def _heading(location: Location) -> str:
    """Head of a table, or of one in a list of them, as TOML has it."""
    named = dotted(tuple(part for part in location if isinstance(part, str)))
    return f"[[{named}]]" if isinstance(location[-1], int) else f"[{named}]"


def _fields_at(model: type[BaseModel], location: Location) -> Iterator[str]:
    return (name for name, field in _section_at(model, location).model_fields.items() if not field.exclude)


def _section_at(model: type[BaseModel], location: Location) -> type[BaseModel]:
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _section_class(model.model_fields[part].annotation) or model
    return model


def _section_class(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_class(argument) for argument in getattr(annotation, "__args__", ()))
    return next((section for section in found if section is not None), None)


def dotted(location: Location) -> str:
    """Key of a place in a file, as messages spell it: dots between tables, quotes where TOML needs them.

    Parameters
    ----------
    location
        Keys and indices of lists from the top of the file down; none for the file itself.
    """
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text or "(file)"


def without_none(value: Any) -> Any:
    """Values without the keys that are None, which TOML cannot write: they are left out.

    Parameters
    ----------
    value
        Plain values of sections, dictionaries and lists of them included.
    """
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value]
    return value
