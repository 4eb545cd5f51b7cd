"""How the steps of a phase are made: call by call, by a compiled step, or from a recording on a graphics processor."""
