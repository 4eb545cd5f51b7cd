"""rramsim: from a transistor netlist to a neural network's accuracy, with an error bar on every number."""

__version__ = "0.1.0"
