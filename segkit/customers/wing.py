"""What this wing registers: how far the data have to reach, the company's calendar, and the views of its results."""

from segkit.wing import Wing

WING = Wing(
    question="Who are the customers, as of a date?",
    sections={
        "country": "segkit.customers.options:Country",
        "events": "segkit.customers.options:Events",
        "freshness": "segkit.data.freshness:Freshness",
    },
    check="segkit.customers.own_calendar:check_events",
    reach="segkit.customers.base:reach",
    views={
        "CustomerBase": {
            "quality": "segkit.customers.views.quality:base_quality",
        },
    },
)
