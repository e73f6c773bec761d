"""Churn observed and predicted: the engine in, documented records out."""
