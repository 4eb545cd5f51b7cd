"""Faults: which weights a network sees in place of those that were programmed."""
