"""What a figure of merit turns: supply or temperature of a corner, or a setting of a bench, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.errors import InputError, close_matches
from rramsim.units import quantity
from rramsim.validation import problems

SUPPLY = "vdd_v"
# Knobs of a corner, as tables name them: units, and fields.
_UNITS = {SUPPLY: "V", "temperature_c": "°C"}
_CORNER = {SUPPLY: "vdd", "temperature_c": "temperature_c"}


@dataclass(frozen=True, slots=True)
class Knob:
    """A number of a bench or of a corner that can be set.

    Parameters
    ----------
    name
        ``vdd_v``, ``temperature_c``, or a setting of the bench with dots between tables, as ``t_sense_s`` or
        ``geometry.pcsa.w_n``.
    """

    name: str

    @property
    def of_corner(self) -> bool:
        """Whether it is turned at a corner, and not in the settings of a bench."""
        return self.name in _CORNER

    def set(self, bench: AbstractBench, corner: Corner, value: object) -> tuple[AbstractBench, Corner]:
        """Bench and corner with the number set.

        Parameters
        ----------
        bench, corner
            What is simulated, and where.
        value
            SI number, or a text with the setting's unit.

        Raises
        ------
        InputError
            The bench has no such setting, or the value is none that it takes.
        """
        if self.of_corner:
            return bench, self.at(corner, self.number(bench, value))
        return replace(bench, settings=self._settings(bench, value)), corner

    def at(self, corner: Corner, value: float) -> Corner:
        """A corner with the number set; the same one for a setting.

        Parameters
        ----------
        corner
            The corner.
        value
            SI number.
        """
        turned: dict[str, Any] = {_CORNER[self.name]: value} if self.of_corner else {}
        return replace(corner, **turned)

    def number(self, bench: AbstractBench, value: object) -> float:
        """A value as an SI number.

        Parameters
        ----------
        bench
            Whose setting it is.
        value
            As for :meth:`set`.

        Raises
        ------
        InputError
            It is none that the setting takes.
        """
        if self.of_corner:
            try:
                return quantity(value, _UNITS[self.name])
            except (TypeError, ValueError) as error:
                raise InputError(f"{self.name} cannot be {value!r}: {error}") from None
        found: Any = self._settings(bench, value).model_dump()
        for key in self.name.split("."):
            found = found[key]
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise InputError(f"{self.name} of {bench.name} is no number that could be turned, got {found!r}")
        return float(found)

    def problems(self, bench: AbstractBench, corner: Corner, value: object) -> Iterator[str]:
        """What is wrong with a value, besides what the kind of the setting says.

        Parameters
        ----------
        bench, corner, value
            As for :meth:`set`.
        """
        try:
            self.number(bench, value)
            turned, where = self.set(bench, corner, value)
            for _, found, message in turned.environment.technology.outside_validity(where):
                yield f"{self.name} = {found!r}: {message}"
            for keys, found, message in type(turned).problems(turned.settings, turned.environment):
                yield f"{'.'.join(map(str, keys))} = {found!r}: {message}"
            turned.deck(where)
        except InputError as error:
            yield str(error)

    def _settings(self, bench: AbstractBench, value: object) -> Any:
        data = bench.settings.model_dump()
        first = self.name.partition(".")[0]
        if first not in data:
            raise InputError(f"{bench.name} has no setting {first!r}; {close_matches(first, data)}")
        try:
            return type(bench.settings).model_validate(_with(data, self.name.split("."), value))
        except KeyError:
            raise InputError(f"{bench.name} has no setting {self.name!r}; {first} is no table") from None
        except ValidationError as error:
            told = problems(error, type(bench.settings))[0]
            raise InputError(f"{self.name} of {bench.name} cannot be {value!r}: {told.message}") from None


def _with(data: Mapping[str, Any], keys: list[str], value: object) -> dict[str, Any]:
    """Plain values with another one at some keys; tables are made where a table may have any key."""
    first, *rest = keys
    if not rest:
        return {**data, first: value}
    inner = data.get(first, {})
    if not isinstance(inner, Mapping):
        raise KeyError(first)
    return {**data, first: _with(inner, rest, value)}
