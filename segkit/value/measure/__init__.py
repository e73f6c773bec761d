"""Customer value and its spread: the engine goes in, documented records come out."""
