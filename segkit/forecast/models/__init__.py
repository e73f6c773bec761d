"""Models of purchases and retention: arrays go in, numbers come out; each names its paper."""
