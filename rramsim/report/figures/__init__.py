"""Figures, one a file: each takes a table and returns an SVG text."""
