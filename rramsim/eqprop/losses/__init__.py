"""What is learnt: losses, how they nudge the last layer, and what reads classes from it."""
