"""How one layer drives another."""
