"""Statistics of devices: resistance spread of the memory, mismatch of the transistors. No SPICE here."""
