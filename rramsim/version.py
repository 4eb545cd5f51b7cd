"""Version of rramsim; of the package's metadata, too (a test compares them)."""

__version__ = "0.1.0"
