"""How to simulate: ngspice in this process or in workers. Knows no circuit; the only package that imports PySpice."""
