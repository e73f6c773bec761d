"""What the segments of a life with the company are called; pages and key figures know some of them by name."""

from typing import Final

NEW: Final = "New"
BACK: Final = "Reactivated"
GROWING: Final = "Growing"
ACTIVE: Final = "Active"
OVERDUE: Final = "Overdue"
"""Silent for longer than is usual."""
WARNED: Final = "Warning signs"
"""Under contract, with events that warn; how likely these customers are to leave is for the page on churn to say."""
LAPSED: Final = "Lapsed"
CHURNED: Final = "Churned"
