"""How the names that netlists use, ``nfet`` and ``pfet`` with w, l and dvt, are bound to a library's devices.

Netlists know nothing of a library: its own name, size parameters, unit and the handle of a threshold shift are here.
"""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, StrictStr, field_validator, model_validator

from rramsim.circuits.netlist import instance_line
from rramsim.quantities import Number
from rramsim.units import format_number
from rramsim.validation import Section

# What goes into a deck: one name, or the rest of one line.
_Word = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.$!-]*$")]
_Line = Annotated[StrictStr, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]


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
        Further parameters, as SPICE text.
    threshold_handle
        What ngspice alters to shift the threshold; ``{path}`` is the instance as flattened. ``gate_source`` puts a
        voltage source before the gate instead: for models without a threshold parameter.
    a_vt_v_m
        Pelgrom coefficient of a pair's threshold difference [V·m].
    """

    device: _Word
    kind: Literal["native", "primitive", "subcircuit"]
    width_parameter: _Word = "w"
    length_parameter: _Word = "l"
    unit_m: Annotated[Number, Field(ge=1e-12, le=1)] = 1.0
    parameters: _Line = ""
    threshold_handle: _Line = "gate_source"
    a_vt_v_m: Annotated[Number, Field(ge=0, le=1e-6)]

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
        # The same handle for every transistor would shift one of them again and again.
        if ("path", "", None) not in fields or not {*fields} <= {("path", "", None), ("kind", "", None)}:
            raise ValueError(
                "must be 'gate_source', or a name with {path} (and {kind}) in it, such as '@m.{path}.m1[delvto]'"
            )
        return value

    @model_validator(mode="after")
    def _check(self) -> TransistorBinding:
        if self.width_parameter.lower() == self.length_parameter.lower():
            raise ValueError(f"width_parameter and length_parameter are both {self.width_parameter!r}")
        if self.kind == "native" and self.threshold_handle == "gate_source":
            raise ValueError("threshold_handle must be a name with {path} where kind is 'native': no source is added")
        return self

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

    def wrapper(self, kind: str) -> str:
        """Sub-circuit text that gives the library's device the name and parameters that ``netlists/`` use.

        Parameters
        ----------
        kind
            The name: ``nfet`` or ``pfet``.

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
        sizes = {
            self.width_parameter: f"{{w/{format_number(self.unit_m)}}}",
            self.length_parameter: f"{{l/{format_number(self.unit_m)}}}",
        }
        line = instance_line(letter, ("d", gate, "s", "b"), self.device, sizes)
        return (
            f".subckt {kind} d g s b params: w=1e-06 l=6e-07 dvt=0\n{source}{line} {self.parameters}".rstrip()
            + f"\n.ends {kind}\n"
        )
