"""Compact models of resistive devices: closed forms beside the sub-circuits in ``device_models/rram/``, one a file."""
