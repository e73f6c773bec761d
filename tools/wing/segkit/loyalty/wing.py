"""What this wing registers: its section of the dataset file, and what its results can show."""

from segkit.wing import Wing

WING = Wing(
    question="How many customers come back regularly?",
    sections={"loyalty": "segkit.loyalty.options:Loyalty"},
    views={"LoyaltyShare": {"table": "segkit.loyalty.views.tables:share_table"}},
)
