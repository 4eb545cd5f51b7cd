"""Training with estimated gradients: recipes, optimisers, epochs, and a state that survives being killed."""
