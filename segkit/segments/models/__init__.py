"""Mathematics of segmentations: functions take arrays and return numbers."""
