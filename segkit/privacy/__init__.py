"""The protection of small groups: what is too small to be shown, and what would give it away."""
