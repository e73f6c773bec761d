"""The gravest verdict decides."""

from __future__ import annotations

from segkit.campaigns.models.verdict import Verdict, worst


def test_the_gravest_verdict_decides() -> None:
    ok, warn, blocked = (Verdict(s, s, s, None) for s in ("ok", "warn", "blocked"))  # type: ignore[arg-type]
    assert worst([]) == "ok"
    assert worst([ok, warn]) == "warn"
    assert worst([warn, blocked, ok]) == "blocked"
