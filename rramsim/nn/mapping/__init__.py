"""Weights in memory arrays: states of device pairs, where each lies, what an inference reads and costs."""

from rramsim.nn.mapping.pairs import ALLOWED, require_weights, to_pairs, to_weights

__all__ = ["ALLOWED", "require_weights", "to_pairs", "to_weights"]
