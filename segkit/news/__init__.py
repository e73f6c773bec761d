"""Is it news? Numbers of past periods in, judgements out: what is expected, what is normal, what would be news."""
