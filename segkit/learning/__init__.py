"""What churn and uplift learn from: features, their encoding, learners, scores, drift."""
