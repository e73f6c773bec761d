"""Mathematics of churn: drivers, risks of groups, retention. Arrays go in, numbers come out."""
