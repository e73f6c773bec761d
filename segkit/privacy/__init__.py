"""What is too small to be shown, and what would give it away."""
