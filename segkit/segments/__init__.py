"""How customers divide: each segmentation assigns every customer exactly one segment."""
