"""Data sets, one a file: read, checked, brought to one scale and split, always in the same way. No networks here."""
