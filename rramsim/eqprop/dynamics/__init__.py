"""How a state moves, given its drives: in steps of a primitive function, or down an energy in real time."""
