"""A look at a file that nobody has described yet: what it holds, and the dataset file that would read it."""
