"""A world's customers by segmentations that its dataset file does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from segkit.segments.measure.assign import SegmentedBase, segment
from tests.customers.worlds import World


def asked(world: World, definitions: Mapping[str, Mapping[str, Any]], name: str) -> SegmentedBase:
    """One of the segmentations; the others can be asked of its base by name."""
    spec = world.base.dataset.spec.model_copy(update={"segmentations": definitions})
    return segment(replace(world.base, dataset=replace(world.base.dataset, spec=spec)), name)
