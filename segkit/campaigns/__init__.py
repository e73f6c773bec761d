"""Whether a campaign worked, for whom, and whether it paid."""
