"""Key figures from code: a package that is really installed, and a wing's declaration, asked in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kpis.measure.made_shop import made_shop

MODULE = '''\
import segkit as sk


def loyal(base):
    """Customers with ten orders or more, of each period end."""
    counts = {
        end: base.dataset.engine.collect(base.customers(end).aggregate(n=(base.customers(end).orders >= 10).sum()))
        for end in base.ends
    }
    dates = (*base.missing_ends, *base.ends)
    values = [float(counts[end]["n"][0]) if end in counts else None for end in dates]
    return [
        sk.kpis.KeyFigure.of(
            "loyal", label="Loyal customers", unit="customers", better="up", dates=dates, values=values,
            definition="Customers with ten orders or more.",
        )
    ]


def short(base):
    return [sk.kpis.KeyFigure.of("short", label="Short", unit="orders", dates=base.ends[-1:], values=[1.0])]


def taken(base):
    dates = (*base.missing_ends, *base.ends)
    return [sk.kpis.KeyFigure.of("orders", label="Orders", unit="orders", dates=dates, values=[1.0] * len(dates))]


def twice(base):
    return loyal(base) + loyal(base)


def number(base):
    return 3
'''
WING = """\
from segkit.wing import Wing

WING = Wing(question="Who is loyal?", key_figures="loyalty:loyal")
"""
ASK = """\
import sys
import segkit as sk

split = sk.segments.assign(sk.open(sys.argv[1], as_of="2024-04-08", periods=10), "city")
try:
    figures = sk.kpis.read(split, only=sys.argv[2:])
except sk.ParameterError as error:
    sys.exit(f"refused: {error}")
print([figure.key for figure in figures])
if "loyal" in figures.frame:
    print(figures["loyal"].values[-3:], figures["loyal"].variation)
    print([m.key for m in figures.show.control(most=9)[-1].metrics if m.key == "loyal"])
"""


def installed(folder: Path, points: str) -> None:
    """A distribution as pip leaves it: modules beside a folder with its metadata."""
    (folder / "loyalty.py").write_text(MODULE)
    (folder / "loyalty_wing.py").write_text(WING)
    about = folder / "loyalty-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: loyalty\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(points)


def asked(tmp_path: Path, points: str, *only: str, key_figures: str = "") -> subprocess.CompletedProcess[str]:
    """What a process answers that finds the package on its path."""
    site = tmp_path / "site"
    site.mkdir()
    installed(site, points)
    path = os.pathsep.join([str(site), *(part for part in sys.path if part)])
    return subprocess.run(
        [sys.executable, "-c", ASK, str(made_shop(tmp_path, key_figures)), *only],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )


OWN = "key_figures:\n  returns: {sum: amount, of: transactions, where: amount < 0}\n"
BUILT_IN = ["active_customers", "net_revenue", "orders", "revenue_per_order"]


@pytest.mark.parametrize(
    "points", ["[segkit.key_figures]\nloyal = loyalty:loyal\n", "[segkit.wings]\nloyalty = loyalty_wing:WING\n"]
)
def test_they_come_after_the_others_and_are_read_by_key(tmp_path: Path, points: str) -> None:
    done = asked(tmp_path, points, key_figures=OWN)
    assert done.returncode == 0, done.stderr
    keys, values, control = done.stdout.splitlines()
    assert keys == str([*BUILT_IN, "returns", "loyal"])
    # every customer buys once a week: after ten weeks all forty are loyal
    assert values == "(40.0, 40.0, 40.0) normal"
    assert control == "['loyal']"


def test_one_alone(tmp_path: Path) -> None:
    done = asked(tmp_path, "[segkit.key_figures]\nloyal = loyalty:loyal\n", "loyal", "orders")
    assert done.stdout.splitlines()[0] == "['loyal', 'orders']"


@pytest.mark.parametrize(
    ("points", "own", "said"),
    [
        ("loyal = loyalty:gone", "", "entry point loyal of segkit.key_figures: `loyalty:gone` cannot be imported"),
        ("short = loyalty:short", "", "`short` has 1 dates, not the 10 period ends"),
        ("taken = loyalty:taken", "", "`orders`: the name belongs to the built-in key figure `orders`"),
        ("twice = loyalty:twice", "", "would write the same numbers of a page"),
        ("number = loyalty:number", "", "returns 3, not a list of key figures"),
        ("loyal = loyalty:loyal", OWN.replace("returns", "loyal"), "`loyal` (Loyal) and `loyal` (Loyal customers)"),
    ],
)
def test_what_is_refused(tmp_path: Path, points: str, own: str, said: str) -> None:
    done = asked(tmp_path, f"[segkit.key_figures]\n{points}\n", key_figures=own)
    assert done.returncode == 1
    assert done.stderr.startswith("refused: ")
    assert said in done.stderr
