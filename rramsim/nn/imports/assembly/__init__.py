"""A stored network, put together from what a file or a module computes."""
