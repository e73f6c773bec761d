"""What happened: the company's own events and its campaigns, by the report's date."""

from __future__ import annotations

from pathlib import Path

import segkit as sk
from segkit.customers.happened import happened
from tests.kpis.measure.made_shop import made_shop

CAMPAIGNS = """\
campaign_id,name,start,end
1,Spring mailing,2024-02-05,2024-02-20
2,,2024-03-04,2024-03-20
3,Summer mailing,2024-06-01,2024-06-30
"""


def test_own_events_come_before_campaigns_and_the_latest_first(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS)
    path = made_shop(
        tmp_path,
        "events:\n  - {name: opening, from: 2024-01-10}\n  - {name: price rise, from: 2024-03-01}\n"
        "  - {name: closing, from: 2024-04-01}\n",
    )
    text = path.read_text().replace("tables:\n", "tables:\n  campaigns: {path: campaigns.csv}\n")
    path.write_text(text)
    base = sk.open(path, as_of="2024-03-28", periods=4)
    assert [(event.name, str(event.start)) for event in happened(base)] == [
        ("price rise", "2024-03-01"),
        ("opening", "2024-01-10"),
        ("2", "2024-03-04"),
        ("Spring mailing", "2024-02-05"),
    ]
    split = sk.segments.assign(base, "city")
    assert sk.kpis.read(split).events == sk.segments.sizes(split).events == happened(base)
