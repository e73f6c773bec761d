"""Forecasts of purchases and contracts, and how they would have done on earlier dates."""
