"""How the gradient of a loss is estimated from states of a network that settles."""
