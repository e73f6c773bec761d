"""What this wing registers: how far the data have to reach, and the views of its results."""

from segkit.wing import Wing

WING = Wing(
    question="Who are the customers, as of a date?",
    sections={
        "freshness": "segkit.data.freshness:Freshness",
    },
    reach="segkit.customers.base:reach",
    views={
        "CustomerBase": {
            "quality": "segkit.customers.views.quality:base_quality",
        },
    },
)
