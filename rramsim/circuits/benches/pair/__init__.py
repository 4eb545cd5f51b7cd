"""Read of a 2T2R cell by its precharge sense amplifier, or by any amplifier of the user's that drives the same nets."""
