"""The public API as a type checker sees it: names that load on first use have types all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

import segkit as sk
from segkit.campaigns.planning_records import CampaignPlan
from segkit.campaigns.recent_records import RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.churn.records import ChurnOutlook, ChurnRisk
from segkit.churn.snapshot_records import SnapshotRisk
from segkit.customers.base import CustomerBase
from segkit.kpis.records import KeyFigures
from segkit.page.block import Block
from segkit.page.result import Blocks, Nothing, Show
from segkit.segments.measure.assign import SegmentedBase
from segkit.segments.profile_records import CrossTable, SegmentPanel, SegmentProfile
from segkit.segments.quality_records import SegmentQuality
from segkit.segments.records import Migration, Returning, SegmentSizes
from segkit.value.concentration_records import Concentration
from segkit.value.records import CustomerValue


def every_measure() -> None:
    """Each public measure as a notebook calls it, with the type of what comes out."""
    base = sk.open("grocery", as_of="2017-12-24", period="week")
    assert_type(base, CustomerBase)
    split = sk.segments.assign(base, "lifecycle")
    assert_type(split, SegmentedBase)
    sizes = sk.segments.sizes(split)
    assert_type(sizes, SegmentSizes)
    assert_type(sk.segments.moves(split), Migration | Nothing)
    assert_type(sk.segments.returning(split), Returning | Nothing)
    assert_type(sk.segments.quality(split), SegmentQuality)
    assert_type(sk.segments.profile(split, columns=["age"]), SegmentProfile)
    assert_type(sk.segments.panel(split, ["value"]), SegmentPanel)
    assert_type(sk.segments.cross(split, "value"), CrossTable | Nothing)
    assert_type(sk.kpis.read(split, only=["orders"], most=5), KeyFigures)
    assert_type(sk.value.forecast(split, horizon_months=6), CustomerValue)
    assert_type(sk.value.concentration(base), Concentration | Nothing)
    assert_type(sk.churn.risk(split, horizon=4, unit="week"), ChurnRisk | SnapshotRisk)
    assert_type(sk.churn.outlook(split), ChurnOutlook | SnapshotRisk | Nothing)
    assert_type(sk.campaigns.lift(base, "holiday", segmentations=["age"]), CampaignLift)
    assert_type(sk.campaigns.recent(split, days=28), RecentCampaigns)
    assert_type(sk.campaigns.plan(split, weeks=8), CampaignPlan)


def what_is_shown(sizes: SegmentSizes) -> Sequence[Block]:
    """Views are looked up by name; each gives a block, several or nothing."""
    assert_type(sizes.show, Show)
    assert_type(sizes.show.table(), Block | Blocks | None)
    note = sk.page.note("Of these, {n} are new.", n=sk.Metric("new", 12, "customers"))
    assert_type(note, Block)
    return [note]


def errors() -> None:
    """All errors of segkit are of one kind."""
    try:
        every_measure()
    except (sk.DataError, sk.ModelError, sk.ParameterError, sk.ReportError, sk.RunError) as error:
        assert_type(str(error), str)
    except sk.SegkitError:
        raise


def what_is_not_there(base: CustomerBase) -> None:
    """A misspelled name is a mistake to a type checker, too; mypy complains of an `ignore` that ignores nothing."""
    sk.segments.szies(base)  # type: ignore[attr-defined]
    sk.chrun  # type: ignore[attr-defined]  # noqa: B018
