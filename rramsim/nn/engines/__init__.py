"""Engines: what runs a stored network."""
