"""A snapshot that tells nobody apart gives no decision about a segment."""

from __future__ import annotations

import dataclasses

import pandas as pd

from segkit.churn.views.snapshot_decisions import snapshot_decisions, snapshot_leads
from tests.churn.views import churn_sample


def test_noise_gives_no_decision() -> None:
    risk = churn_sample.snapshot()
    assert [one.key for one in snapshot_decisions(risk)] == ["snapshot_care"]
    alike = risk.frame.assign(left=pd.array([125, 625, 250], dtype="Int64"))
    guessed = tuple(dataclasses.replace(one, auc=0.51) for one in risk.candidates)
    noise = dataclasses.replace(risk, frame=alike, candidates=guessed)
    assert not noise.tells_apart
    assert snapshot_decisions(noise) == []
    (lead,) = snapshot_leads(noise)
    assert lead.undecided is not None
    assert "cannot be told" in lead.undecided.text
    assert snapshot_decisions(dataclasses.replace(noise, candidates=risk.candidates))
