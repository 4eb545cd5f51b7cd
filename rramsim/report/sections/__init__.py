"""Sections of the report, one a file: each turns tables of a run into figures, and rows for the page."""
