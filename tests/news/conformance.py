"""Writes docs/conformance-news.md: `python -m tests.news.conformance 5000 2026-12-01`, pages a cell and the day."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.news.simulation import (
    HISTORIES,
    NULLS,
    POWER,
    SLOW_YEARLY,
    SUSTAINED,
    WHOLE,
    false_alarms,
    found_at_once,
    found_within,
    slow_entries,
    wandering,
    white,
    whole_page_alarms,
)

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "conformance-news.md"
SEED: Final = 20261201


def lines(pages: int, day: str) -> Iterator[str]:
    """The page, line by line."""
    yield from (
        "# What is called news, by simulation",
        "",
        "<!-- Written by `python -m tests.news.conformance PAGES DAY`. -->",
        "",
        f"Computed on {day} with {pages:,} pages of five key figures a cell, correlated by a half; shares in percent. The",
        "suite `tox -e slow` holds 500 pages a cell to the targets plus two standard errors, `tox -e soak` 5,000.",
        "[How it is judged](explanation/news.md).",
        "",
        "## Pages without news on which something is called news",
        "",
        "| world | target | " + " | ".join(f"{n} weeks" for n in HISTORIES) + " |",
        "| --- | --- |" + " --- |" * len(HISTORIES),
    )
    for name, (world, target) in NULLS.items():
        found = [false_alarms(world, pages, n, SEED) for n in HISTORIES]
        yield f"| {name} | {target * 100:.0f} | " + " | ".join(f"{share * 100:.1f}" for share in found) + " |"
    whole = [whole_page_alarms(pages, n, SEED) for n in HISTORIES]
    yield (
        f"| white noise, five segments besides | {WHOLE * 100:.0f} | "
        + " | ".join(f"{a * 100:.1f}" for a in whole)
        + " |"
    )
    yield from (
        "",
        "Five segments besides: they have an error rate of their own, and the page's is the sum of the two.",
        "",
        "## A step of one of the five figures, found in its first week",
        "",
        "| size, standard deviations | " + " | ".join(f"{n} weeks" for n in HISTORIES) + " |",
        "| --- |" + " --- |" * len(HISTORIES),
    )
    for size in (2.0, 3.0, 4.0, 6.0):
        found = [found_at_once(white, pages, n, size, SEED) for n in HISTORIES]
        yield f"| {size:.0f} | " + " | ".join(f"{share * 100:.0f}" for share in found) + " |"
    wanted = ", ".join(f"{share * 100:.0f} % after {n} weeks" for n, share in POWER.items())
    yield f"\nWanted of four deviations: {wanted}. With mean and deviation known to the last digit it would be 92 %."
    yield from ("", "## Slow changes", "", "| what | history | found | wanted |", "| --- | --- | --- | --- |")
    for n, share in SUSTAINED.items():
        found_share = found_within(pages, n, 2.0, 8, SEED)
        yield (
            f"| a step of two deviations that lasts, told within eight weeks | {n} weeks | {found_share * 100:.0f} % | "
            f"{share * 100:.0f} % |"
        )
    few = max(pages // 10, 100)
    for name, world in (("white noise", white), ("autocorrelation .3", wandering(0.3))):
        for n in SUSTAINED:
            entries = slow_entries(world, few, n, SEED)
            yield f"| slow changes told in a year without one, {name} | {n} weeks | {entries:.1f} | {SLOW_YEARLY:.1f} |"


if __name__ == "__main__":
    PAGE.write_text("\n".join(lines(int(sys.argv[1]), sys.argv[2])) + "\n", encoding="utf-8")
