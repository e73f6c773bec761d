"""The section "Coverage" of churn's intervals in docs/conformance.md, as it was measured."""

from __future__ import annotations

from typing import Final

LINES: Final = (
    "## Coverage",
    "",
    "How often intervals held what came; `tox -e slow` counts it anew and prints the figures.",
    "",
    "### Churn, 90 % intervals of the share that leaves",
    "",
    "Simulated worlds (moments; six dates, as a report learns from where nothing else is asked for): 500 to 30,000 customers, 3 to 8",
    "segments, shocks to a horizon of up to 0.3 and to a segment of up to 0.2 in log-odds. Width: mean width against that of an",
    "interval which knows the true risks and how far shocks reach.",
    "",
    "| worlds | of | intervals | inside | of who knows the truth | width |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    "| 1,000, six horizons | totals | 1,000 | 89.6 % | 89.3 % | 1.24 |",
    "| | segments | 5,371 | 93.1 % | 91.1 % | 1.24 |",
    "| 400, six horizons, chance alone | totals | 400 | 95.5 % | | 1.26 |",
    "| | segments | 2,148 | 95.2 % | | 1.24 |",
    "| 400, four horizons | totals | 400 | 87.8 % | | 1.39 |",
    "| | segments | 2,125 | 92.9 % | | 1.35 |",
    "| 400, three horizons | totals | 400 | 91.8 % | | 1.69 |",
    "| | segments | 2,125 | 95.0 % | | 1.54 |",
    "| 400, two horizons | totals | 400 | 86.8 % | | 3.05 |",
    "| | segments | 2,125 | 94.8 % | | 2.42 |",
    "",
    "Whole reports, from files to the outlook (logistic regression). Real data: a risk for four weeks as of eight dates each, evenly",
    "from the first that bears one to the last whose horizon has passed, with nothing known that came later.",
    "",
    "| data | totals inside | segments inside |",
    "| --- | ---: | ---: |",
    "| grocery | 7 of 8 | 76 of 80 |",
    "| telecom, simulated, 3,000 customers | 8 of 8 | 53 of 56 |",
    "| CDNOW | 8 of 8 | 29 of 30 |",
    "| Online Retail | 8 of 8 | 31 of 32 |",
    "| the four together | 31 of 32 | 189 of 198 |",
    "| 24 made companies, months moved by 0.2 in log-odds | 21 of 24 | 46 of 48 |",
    "",
)
