"""Networks from modules of torch, which are run once to follow what they do."""
