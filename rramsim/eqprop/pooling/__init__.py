"""How a map of sums becomes a smaller one, and how a drive comes back through it."""
