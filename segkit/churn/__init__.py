"""Who has left, who may leave, what it would cost, and whom a call is worth."""
