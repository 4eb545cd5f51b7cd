"""Estimators of rare events: probabilities of standard-normal variables far below what counting can reach."""
