"""Networks of equilibrium propagation in memory arrays: their weights are stored, the free phase is the inference."""
