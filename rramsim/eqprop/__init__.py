"""Equilibrium propagation: networks that settle, and what is learnt from how a nudge moves them."""
