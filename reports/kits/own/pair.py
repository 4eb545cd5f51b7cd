"""A sense amplifier as a class of PySpice: a cross-coupled pair, wider and longer than the built-in one."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.Netlist import SubCircuitFactory

TRANSISTORS = (
    ("mp1", "pfet", ("q", "qb", "vdd", "vdd"), "{w/2}"),
    ("mp2", "pfet", ("qb", "q", "vdd", "vdd"), "{w/2}"),
    ("mp3", "pfet", ("q", "sen", "vdd", "vdd"), "{2*w}"),
    ("mp4", "pfet", ("qb", "sen", "vdd", "vdd"), "{2*w}"),
    ("mn1", "nfet", ("q", "qb", "bl", "vss"), "{w}"),
    ("mn2", "nfet", ("qb", "q", "blb", "vss"), "{w}"),
    ("mn3", "nfet", ("sl", "sen", "vss", "vss"), "{4*w}"),
)


class Pair(SubCircuitFactory):
    """The amplifier: PMOS latch and precharge, NMOS latch on the bit lines, foot on the source line."""

    NAME = "pair_sa"
    NODES = ("q", "qb", "bl", "blb", "sl", "sen", "vdd", "vss")

    def __init__(self) -> None:
        super().__init__(w=3e-6, l=0.7e-6)
        for name, kind, nodes, width in TRANSISTORS:
            self.X(name, kind, *nodes, w=width, l="{l}")
        self.C("q", "q", "vss", 100e-15)
        self.C("qb", "qb", "vss", 100e-15)
