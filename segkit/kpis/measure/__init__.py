"""Key figures of every period: the engine in, documented records out."""
