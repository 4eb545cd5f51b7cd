"""Models: what layers a network is made of, one model a file."""
