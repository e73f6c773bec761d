"""Key figures: what they are, what changed, and whether that is news."""
