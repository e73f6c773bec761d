"""Statistics of campaigns: plain numbers in, plain numbers out."""
