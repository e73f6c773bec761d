"""What a page says of the data that it rests on."""
