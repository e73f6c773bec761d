"""Statistics on plain numbers: intervals, tests, shrinkage. numpy and scipy only; neither engine nor pandas."""
