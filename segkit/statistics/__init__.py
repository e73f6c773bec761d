"""Statistics on plain numbers (intervals, tests, shrinkage), with numpy and scipy only; neither engine nor pandas."""
