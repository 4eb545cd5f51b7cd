"""Tasks with an identity, the folder that keeps their results, and the loop that runs what is not finished.

Serves sweeps, training and accuracies alike; knows neither circuits nor networks.
"""
