"""Mathematics of churn: drivers, risk of groups, retention. Arrays in, numbers out."""
