"""What a page says of the data that it is computed from."""
