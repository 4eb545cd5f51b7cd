"""Figures and the HTML report of a run folder. Reads files as data; the only package that plots."""
