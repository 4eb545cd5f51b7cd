"""A package of its own: others install one of the same name, and workers import what a test sends them."""
