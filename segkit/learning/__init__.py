"""The machinery of learning for churn and uplift: features, their encoding, learners, scores, drift."""
