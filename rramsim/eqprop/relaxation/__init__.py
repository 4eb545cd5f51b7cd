"""How a network settles: which layers move when, when it is over, and what is said of it."""
