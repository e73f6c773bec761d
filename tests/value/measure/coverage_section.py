"""The section "Coverage of value" of docs/conformance.md, as it was measured."""

from __future__ import annotations

from typing import Final

LINES: Final = (
    "## Coverage of value",
    "",
    "How often a 90 % interval of value held what came afterwards, by plain SQL over the log: of the whole, and of the"
    " segments that are shown. The suites `slow` (two of the simulated rows) and `soak` (the others) count it anew and print it"
    " (`tests/value/measure/test_value_coverage.py`)."
    " A forecast of all customers known at the date, with"
    " four held-out periods before it; undiscounted. Dates of one data set overlap, so that its rows are not independent.",
    "",
    "| data | totals held | segments held | median high ÷ low | mean miss |",
    "| --- | ---: | ---: | ---: | ---: |",
    "| CDNOW, 3 months, 6 dates, fifths of value | 6 of 6 | 27 of 27 | 2.45 | 11.4 % |",
    "| Online Retail, 1 month, 5 dates, fifths of value | 5 of 5 | 24 of 25 | 3.05 | 10.2 % |",
    "| grocery, 1 month, 6 dates, lifecycle | 4 of 6 | 29 of 30 | 1.11 | 4.1 % |",
    "| telecom (3,000), held-out periods of 3 dates | 11 of 12 | – | – | 1.3 % |",
    "| simulated, steady, 2 years, 12 months | 6 of 6 | 29 of 30 | 1.67 | 3.5 % |",
    "| simulated, rates fall by 39 % a year, 2 years, 12 months | 6 of 6 | 30 of 30 | 1.68 | 26.2 % |",
    "| simulated, season of ±50 %, 3 years, 12 months | 4 of 4 | 17 of 17 | 3.13 | 16.8 % |",
    "| simulated, season of ±50 %, 3 years, 3 months | 4 of 4 | 20 of 20 | 2.08 | 9.2 % |",
    "",
    "Counted on 1 December 2026: in all 46 of 49 totals and 176 of 179 segments; no point lay on a bound. Half-years of a"
    " seasonal log, taken as chance,"
    " had made the interval of the seasonal year 10.5 times as high as low (six worlds). Of the next period of a normal error"
    " with a bias of 0, .2 or .4, seen in four half-overlapping periods with a spread of .1, 90.5 % of 6,000 lay within.",
    "",
)
