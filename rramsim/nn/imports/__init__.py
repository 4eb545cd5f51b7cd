"""Networks of the user's own: read from files, or from a module of torch."""
