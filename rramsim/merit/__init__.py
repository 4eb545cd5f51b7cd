"""Figures of merit: what a designer makes of the rates of a sweep."""
