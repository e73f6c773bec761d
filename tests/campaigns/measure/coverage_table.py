"""The figures that the slow suite printed, as the page lists them: tests/statistics/test_sparse_coverage.py."""

from __future__ import annotations

COVERAGE = """\
## Coverage where few or none bought

Simulated by tests/statistics/test_sparse_coverage.py (slow suite, which prints it): 2,000 draws a row, 1,000 customers an
arm, 95 % intervals. "None or one": draws with at most one buyer in an arm. "Refused": no number is given, since a handful
make all of the money. "Difference", "lift": of the draws that are not refused, those whose interval holds the truth; a lift
that is called not estimable, because the control cannot be told from zero, excludes nothing. No interval has no width.
Before, with 0.1 % against 2 % buying, lift covered in 64 % and 36 % of its intervals had no width.

| outcome | treated | control | none or one | refused | difference | lift given | lift |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| share | 0.1 % | 2.0 % | 74.9 % | 0.0 % | 96.7 % | 100.0 % | 98.7 % |
| share | 0.3 % | 2.0 % | 20.1 % | 0.0 % | 96.9 % | 100.0 % | 97.9 % |
| share | 0.8 % | 2.0 % | 0.1 % | 0.0 % | 96.7 % | 100.0 % | 98.0 % |
| share | 2.0 % | 0.1 % | 73.1 % | 0.0 % | 96.4 % | 64.6 % | 98.8 % |
| share | 2.0 % | 0.3 % | 19.7 % | 0.0 % | 96.5 % | 94.8 % | 98.7 % |
| share | 0.3 % | 0.3 % | 37.0 % | 0.1 % | 98.7 % | 95.5 % | 99.2 % |
| share | 0.1 % | 0.5 % | 74.9 % | 0.3 % | 97.8 % | 99.3 % | 99.5 % |
| count | 0.1 % | 2.0 % | 73.6 % | 0.0 % | 96.7 % | 100.0 % | 98.8 % |
| count | 0.3 % | 2.0 % | 20.4 % | 0.0 % | 96.7 % | 100.0 % | 98.2 % |
| count | 0.8 % | 2.0 % | 0.1 % | 0.0 % | 95.9 % | 100.0 % | 98.0 % |
| count | 2.0 % | 0.1 % | 73.7 % | 0.0 % | 96.8 % | 62.2 % | 98.6 % |
| count | 2.0 % | 0.3 % | 19.4 % | 0.0 % | 96.5 % | 95.1 % | 98.2 % |
| count | 0.3 % | 0.3 % | 35.4 % | 0.2 % | 99.1 % | 95.8 % | 99.4 % |
| count | 0.1 % | 0.5 % | 74.5 % | 0.4 % | 96.7 % | 99.4 % | 98.9 % |
| money, one price | 0.1 % | 2.0 % | 74.9 % | 0.0 % | 96.6 % | 100.0 % | 99.9 % |
| money, one price | 0.3 % | 2.0 % | 20.1 % | 0.0 % | 96.1 % | 100.0 % | 99.6 % |
| money, one price | 0.8 % | 2.0 % | 0.1 % | 0.0 % | 96.4 % | 100.0 % | 96.7 % |
| money, one price | 2.0 % | 0.1 % | 73.1 % | 0.0 % | 96.3 % | 0.1 % | 100.0 % |
| money, one price | 2.0 % | 0.3 % | 19.7 % | 0.0 % | 95.5 % | 8.0 % | 99.9 % |
| money, one price | 0.3 % | 0.3 % | 37.0 % | 6.4 % | 98.6 % | 26.5 % | 99.3 % |
| money, one price | 0.1 % | 0.5 % | 74.9 % | 10.5 % | 98.3 % | 81.8 % | 100.0 % |
| money, gamma | 0.1 % | 2.0 % | 72.0 % | 0.8 % | 96.1 % | 100.0 % | 98.6 % |
| money, gamma | 0.3 % | 2.0 % | 19.7 % | 0.5 % | 95.1 % | 99.8 % | 99.7 % |
| money, gamma | 0.8 % | 2.0 % | 0.1 % | 0.0 % | 94.6 % | 99.4 % | 96.5 % |
| money, gamma | 2.0 % | 0.1 % | 73.8 % | 1.2 % | 96.9 % | 0.0 % | 100.0 % |
| money, gamma | 2.0 % | 0.3 % | 20.0 % | 0.4 % | 95.6 % | 0.8 % | 100.0 % |
| money, gamma | 0.3 % | 0.3 % | 35.5 % | 24.5 % | 99.6 % | 13.0 % | 99.8 % |
| money, gamma | 0.1 % | 0.5 % | 72.8 % | 43.6 % | 96.9 % | 55.3 % | 99.9 % |
| money, log-normal | 0.1 % | 2.0 % | 74.6 % | 11.7 % | 95.5 % | 100.0 % | 98.2 % |
| money, log-normal | 0.3 % | 2.0 % | 20.1 % | 6.8 % | 95.1 % | 99.6 % | 99.6 % |
| money, log-normal | 0.8 % | 2.0 % | 0.4 % | 1.7 % | 95.4 % | 95.9 % | 96.9 % |
| money, log-normal | 2.0 % | 0.1 % | 71.5 % | 11.8 % | 94.6 % | 0.0 % | 100.0 % |
| money, log-normal | 2.0 % | 0.3 % | 19.6 % | 6.7 % | 95.7 % | 0.3 % | 100.0 % |
| money, log-normal | 0.3 % | 0.3 % | 38.3 % | 34.9 % | 99.9 % | 11.5 % | 99.9 % |
| money, log-normal | 0.1 % | 0.5 % | 74.1 % | 51.5 % | 94.1 % | 51.6 % | 99.9 % |
"""
