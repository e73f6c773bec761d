"""Mathematics of segmentations: arrays in, numbers out."""
