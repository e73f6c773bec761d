"""Customer value and its spread: the engine in, documented records out."""
