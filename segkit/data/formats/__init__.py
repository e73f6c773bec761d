"""Kinds of files that tables come in: `kinds` lists them, and each has a module of its own."""
