"""What to simulate: netlists, technologies, decks and the benches that measure them."""
