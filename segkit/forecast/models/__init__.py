"""Models of purchases and retention: arrays in, numbers out; each names its paper."""
