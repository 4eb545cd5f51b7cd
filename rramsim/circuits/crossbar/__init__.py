"""Column and array of 2T2R cells with their wires, as one transistor circuit: fill, solve, extract."""
