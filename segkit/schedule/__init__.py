"""What runs when: params/schedule.yaml, what is due, what came of it."""
