"""Programming of one 1T1R cell: what the benches of FORMING, SET and RESET have in common."""
