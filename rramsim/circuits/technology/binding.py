"""How the names that netlists use, ``nfet`` and ``pfet`` with w, l and dvt, are bound to a library's devices.

Netlists know nothing of a library: its own name, size parameters, unit and the handle of a threshold shift are here.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, StrictStr, field_validator, model_validator

from rramsim.circuits.netlist import instance_line
from rramsim.quantities import Number
from rramsim.units import format_number
from rramsim.validation import Section

# What goes into a deck, or to ngspice's interpreter, which runs programs: nothing but names, numbers and expressions.
_Word = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.!-]*$", max_length=200)]
_HANDLE = re.compile(r"@?[A-Za-z{][A-Za-z0-9_.:#{}-]*(\[[A-Za-z][A-Za-z0-9_]*\])?")
_ITEM = re.compile(
    r"\s*([A-Za-z_][A-Za-z0-9_]*)=([-+]?[0-9.][-+A-Za-z0-9_.]*|\{[-+*/()A-Za-z0-9_. ]+\})(?=\s|$)", re.ASCII
)
_MULTIPLIERS = ("m", "mult", "multi")  # devices in parallel
_ONE = re.compile(r"\+?0*1(?:\.0*)?")


class TransistorBinding(Section):
    """How one transistor type is called in the library.

    Parameters
    ----------
    device
        Name of the model or sub-circuit in the library.
    kind
        ``native``: the library's own sub-circuit has the ports (d g s b) and parameters (w l dvt) of ``netlists/``;
        ``primitive``: a ``.model``; ``subcircuit``: a sub-circuit with ports d g s b and its own parameters.
    width_parameter, length_parameter
        Names of the drawn sizes.
    unit_m
        The unit in which the library takes sizes [m]: 1 for metres, 1e-6 where it takes micrometres.
    parameters
        Further parameters, as ``name=value name=value``, without the drawn sizes.
    threshold_handle
        What ngspice alters to shift the threshold; ``{path}`` is the instance as flattened. ``gate_source`` puts a
        voltage source before the gate instead: for models without a threshold parameter.
    a_vt_v_m
        Pelgrom coefficient of a pair's threshold difference [V·m]; None where the kit's own mismatch is used.
    """

    device: _Word
    kind: Literal["native", "primitive", "subcircuit"]
    width_parameter: _Word = "w"
    length_parameter: _Word = "l"
    unit_m: Annotated[Number, Field(ge=1e-12, le=1)] = 1.0
    parameters: Annotated[StrictStr, Field(max_length=1000)] = ""
    threshold_handle: Annotated[StrictStr, Field(max_length=200)] = "gate_source"
    a_vt_v_m: Annotated[Number, Field(ge=0, le=1e-6)] | None = None

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, value: str) -> str:
        rest = _ITEM.sub("", value)
        if rest.strip():
            raise ValueError(f"must be name=value name=value, with numbers or {{…}}; cannot read {rest.strip()!r}")
        names = [name.lower() for name, _ in _ITEM.findall(value)]
        if len(set(names)) < len(names):
            raise ValueError("gives a parameter twice")
        return value.strip()

    @field_validator("threshold_handle")
    @classmethod
    def _check_handle(cls, value: str) -> str:
        if value == "gate_source":
            return value
        try:
            fields = [
                (name, spec, conversion) for _, name, spec, conversion in Formatter().parse(value) if name is not None
            ]
        except ValueError:
            fields = []
        # It goes to ngspice's interpreter: no blank, no command. And the same handle for every transistor would shift
        # one of them again and again.
        named = ("path", "", None) in fields and {*fields} <= {("path", "", None), ("kind", "", None)}
        if not (named and _HANDLE.fullmatch(value)):
            raise ValueError(
                "must be 'gate_source', or a name of letters, digits and _.:#- with {path} (and {kind}) in it, such "
                "as '@m.{path}.m1[delvto]'"
            )
        return value

    @model_validator(mode="after")
    def _check(self) -> TransistorBinding:
        if self.width_parameter.lower() == self.length_parameter.lower():
            raise ValueError(f"width_parameter and length_parameter are both {self.width_parameter!r}")
        sizes = {"w", "l"} if self.kind == "primitive" else set()
        sizes |= {self.width_parameter.lower(), self.length_parameter.lower()}
        for name, value in _ITEM.findall(self.parameters):
            if name.lower() in sizes:
                raise ValueError(f"parameters sets {name}, the drawn size of every transistor, which the netlists give")
            if name.lower() in _MULTIPLIERS and self.kind != "native" and not _ONE.fullmatch(value):
                raise ValueError(f"parameters sets {name}: a transistor's size, which its mismatch follows, is w by l")
        unused = {"width_parameter", "length_parameter", "unit_m", "parameters"} & self.model_fields_set
        if self.kind == "native" and unused:
            raise ValueError(f"{', '.join(sorted(unused))} means nothing where kind is 'native'")
        if self.kind == "native" and self.threshold_handle == "gate_source":
            raise ValueError("threshold_handle must be a name with {path} where kind is 'native': no source is added")
        return self

    @property
    def library_kind(self) -> Literal["model", "subckt"]:
        """What the library must define."""
        return "model" if self.kind == "primitive" else "subckt"

    @property
    def named_parameters(self) -> tuple[tuple[str, str], ...]:
        """Key and name of each parameter that an instance is given; the drawn sizes come first."""
        if self.kind == "native":
            return tuple(("device", name) for name in ("w", "l", "dvt"))
        given = (("parameters", name) for name, _ in _ITEM.findall(self.parameters))
        return (("width_parameter", self.width_parameter), ("length_parameter", self.length_parameter), *given)

    @property
    def instance_parameters(self) -> dict[str, str]:
        """Name and text of each parameter that an instance of the library's device is given, in terms of w, l, dvt."""
        if self.kind == "native":
            return {name: name for name in ("w", "l", "dvt")}
        sizes = ((self.width_parameter, "w"), (self.length_parameter, "l"))
        drawn = {name: f"{{{size}/{format_number(self.unit_m)}}}" for name, size in sizes}
        return drawn | dict(_ITEM.findall(self.parameters))

    def handle(self, path: str, kind: str) -> str:
        """Name that ngspice alters to shift a transistor's threshold.

        Parameters
        ----------
        path
            The transistor's instance as ngspice flattens it, ``xsa.xmp1``.
        kind
            ``nfet`` or ``pfet``.
        """
        if self.threshold_handle == "gate_source":
            return f"v.{path}.vshift"
        return self.threshold_handle.format(path=path, kind=kind)

    def wrapper(self, kind: str, *, device: str = "") -> str:
        """Sub-circuit text that gives the library's device the name and parameters that ``netlists/`` use.

        Parameters
        ----------
        kind
            The name: ``nfet`` or ``pfet``.
        device
            What the library's device is called in the deck, where that is another name than in the library.

        Returns
        -------
        str
            A ``.subckt``; empty for a native device, which needs none.
        """
        if self.kind == "native":
            return ""
        gate = "gi" if self.threshold_handle == "gate_source" else "g"
        # gi = g - dvt: the shift is added to the signed threshold of either type, as BSIM4's delvto.
        source = "vshift g gi dc {dvt}\n" if gate == "gi" else ""
        letter = "m1" if self.kind == "primitive" else "x1"
        given = self.instance_parameters
        sizes = {name: given[name] for name in (self.width_parameter, self.length_parameter)}
        line = instance_line(letter, ("d", gate, "s", "b"), device or self.device, sizes)
        return (
            f".subckt {kind} d g s b params: w=1e-06 l=6e-07 dvt=0\n{source}{line} {self.parameters}".rstrip()
            + f"\n.ends {kind}\n"
        )
