"""Bit error rates: mergeable estimates, estimators, tables and the sweep itself."""
