"""A result table: its columns, the texts that are written and the one strict reader."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rramsim.errors import MissingResourceError, TableError
from rramsim.files import is_file
from rramsim.tables.columns import AbstractKind, Column, Family
from rramsim.tables.lines import read_lines

if TYPE_CHECKING:
    import pandas as pd

# Raises ValueError where the values of a row contradict each other.
Check = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as a stable format: columns are only ever added, at the end.

    Parameters
    ----------
    kind
        What it is, for messages.
    file
        Its name in a run folder.
    command
        What makes it.
    columns
        In their order.
    key
        Columns that tell a row from every other; empty where rows are not told apart.
    checks
        What must hold within a row.
    family
        Columns whose number depends on the study.
    """

    kind: str
    file: str
    command: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    family: Family | None = None

    @property
    def _called(self) -> str:
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    @property
    def names(self) -> tuple[str, ...]:
        """Headers of the columns that it must have."""
        return tuple(column.name for column in self.columns if column.absent is None)

    def kind_of(self, name: str) -> AbstractKind | None:
        """What a column holds; None for one that the table does not know.

        Parameters
        ----------
        name
            Its header.
        """
        known = {column.name: column.kind for column in self.columns}
        return known.get(name, self.family.kind if self.family is not None and self._is_family(name) else None)

    def frame(self, rows: Iterable[Mapping[str, Any]], family: Iterable[str] = ()) -> pd.DataFrame:
        """Table of rows.

        Parameters
        ----------
        rows
            Values by column; one that is not there is blank.
        family
            Headers of the columns of the family.
        """
        import pandas as pd

        return pd.DataFrame(list(rows), columns=self._headers(family))

    def text(self, frame: pd.DataFrame) -> str:
        """CSV text: shortest exact floats, Unix line ends, the same bytes for the same values.

        Parameters
        ----------
        frame
            Has the columns in their order; those that a table may lack may be missing.

        Raises
        ------
        TableError
            It lacks one, or has another.
        """
        found = [str(name) for name in frame.columns]
        given = {column.name for column in self.columns if column.absent is None or column.name in found}
        family = [name for name in found if self._is_family(name)]
        if found != [name for name in self._headers(family) if name in given or name in family]:
            raise TableError(f"a {self.kind} has the columns {', '.join(self.names)}, not {', '.join(found)}")
        text = io.StringIO()
        frame.to_csv(text, index=False, lineterminator="\n", float_format=_shortest)
        return text.getvalue()

    def spelled(self, frame: pd.DataFrame) -> list[dict[str, str]]:
        """Rows of a table as its text spells them.

        Parameters
        ----------
        frame
            As for :meth:`text`.
        """
        return list(csv.DictReader(io.StringIO(self.text(frame))))

    def texts(self, path: Path) -> dict[int, dict[str, str]]:
        """Rows of a file as they are spelled.

        Parameters
        ----------
        path
            A CSV file.

        Returns
        -------
        dict
            Text of each column, also of those that the table does not know, by row; the first one after the header is
            2.

        Raises
        ------
        MissingResourceError, TableError
            As :meth:`read`, but for values.
        """
        return self._texts(path)[1]

    def read(self, path: Path, *checks: Check) -> pd.DataFrame:
        """Read a file.

        Parameters
        ----------
        path
            A CSV file.
        checks
            What must hold within a row besides the table's own checks.

        Returns
        -------
        pandas.DataFrame
            Its columns; others are left out.

        Raises
        ------
        MissingResourceError
            No such file.
        TableError
            The file is not such a table, lacks a column, has a row of another length, or holds a value that is not
            allowed: the message names its row.
        """
        header, rows = self._texts(path)
        family = [name for name in header if self._is_family(name)]
        columns = {name: kind for name in self._headers(family) if (kind := self.kind_of(name)) is not None}
        values: dict[tuple[Any, ...], dict[str, Any]] = {}
        for number, texts in rows.items():
            where = f"{path}, row {number}"
            row = {name: self._value(where, name, kind, texts) for name, kind in columns.items()}
            for check in (*self.checks, *checks):
                try:
                    check(row)
                except ValueError as error:
                    told = str(error)
                    raise TableError(f"{where}{', ' if told.startswith('column ') else ': '}{told}") from None
            key = tuple(row[name] for name in self.key) or (number,)
            if key in values:
                raise TableError(f"{where}: {named(row, self.key)} is there twice; one row is allowed")
            values[key] = row
        import pandas as pd

        frame = pd.DataFrame(list(values.values()), columns=list(columns))
        return frame.astype({name: kind.dtype for name, kind in columns.items()})

    def _texts(self, path: Path) -> tuple[list[str], dict[int, dict[str, str]]]:
        """Header and rows of a file, as they are spelled."""
        if not is_file(path):
            raise MissingResourceError(f"no {self.kind} {path}; make one with: {self.command} --out {path.parent}")
        try:
            lines = read_lines(path, self.names)
        except (OSError, ValueError) as error:
            raise TableError(f"{path} is not {self._called}: {error}") from None
        header = lines[0]
        wrong = [name for name in dict.fromkeys((*self.names, *header)) if header.count(name) != 1]
        if wrong:
            told = ", ".join(name or "(empty)" for name in wrong)
            raise TableError(f"{path} is not {self._called}: column {told} missing or there twice")
        # An editor leaves a blank line at the end.
        rows = {number: line for number, line in enumerate(lines[1:], start=2) if line}
        for number, line in rows.items():
            if len(line) != len(header):
                told = f"has {len(line)} values, needs {len(header)}, one for each column"
                hint = "; numbers have decimal points, no commas" if len(line) > len(header) else ""
                raise TableError(f"{path}, row {number}: {told}{hint}")
        return header, {number: dict(zip(header, line, strict=True)) for number, line in rows.items()}

    def _value(self, where: str, name: str, kind: AbstractKind, texts: Mapping[str, str]) -> Any:
        if name not in texts:
            return next(column.absent for column in self.columns if column.name == name)
        try:
            return kind.read(texts[name])
        except ValueError as error:
            raise TableError(f"{where}, column {name}: {error}") from None

    def _is_family(self, name: str) -> bool:
        fixed = any(column.name == name for column in self.columns)
        return self.family is not None and not fixed and self.family.pattern.fullmatch(name) is not None

    def _headers(self, family: Iterable[str]) -> list[str]:
        names = [column.name for column in self.columns]
        before = self.family.before if self.family else None
        position = len(names) if before is None else names.index(before)
        return [*names[:position], *family, *names[position:]]


def named(row: Mapping[str, Any], columns: Iterable[str]) -> str:
    """Values of some columns, for a message.

    Parameters
    ----------
    row
        Values by column.
    columns
        Which.
    """
    return ", ".join(f"{column} {row[column]}" for column in columns)


def check_interval(row: Mapping[str, Any], of: str) -> None:
    """What must hold of a probability and its interval.

    Parameters
    ----------
    row
        Values by column, with ``ci_low`` and ``ci_high``.
    of
        Column of the probability.

    Raises
    ------
    ValueError
        One is not from 0 to 1, or they are in another order.
    """
    if not 0 <= row["ci_low"] <= row[of] <= row["ci_high"] <= 1:
        raise ValueError(f"needs 0 <= ci_low <= {of} <= ci_high <= 1, got {named(row, ('ci_low', of, 'ci_high'))}")


def _shortest(value: Any) -> str:
    return repr(float(value))  # a numpy float's own repr names its type
