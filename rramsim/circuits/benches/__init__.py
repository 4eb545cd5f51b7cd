"""Benches, one a folder or a file. A new one is added to :data:`rramsim.circuits.benches.catalog.BENCHES`."""
