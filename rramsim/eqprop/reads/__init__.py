"""What a network sees of the weights that an array stores, while it learns and when it is tested."""
