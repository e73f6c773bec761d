"""Campaigns measured: the engine in, documented records out."""
