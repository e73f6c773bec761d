"""Key figures of every period: the engine goes in, documented records come out."""
