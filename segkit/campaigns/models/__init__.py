"""Statistics of campaigns: they take plain numbers and return plain numbers."""
