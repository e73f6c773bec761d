"""What this wing registers: the views of its results."""

from segkit.wing import Wing

WING = Wing(
    question="Who are the customers, as of a date?",
    views={
        "CustomerBase": {
            "quality": "segkit.customers.views.quality:base_quality",
        },
    },
)
