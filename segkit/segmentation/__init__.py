"""Segmentations: named partitions of the customers, defined in YAML, assigned in the engine."""

from segkit.customers.partition import SEGMENT, Segment, Segmentation
from segkit.segmentation.base import Context, SegmentationKind
from segkit.segmentation.nine_models import AbsentModel, absent_models
from segkit.segmentation.registry import fit_segmentation, known_kinds, read_segmentations

__all__ = [
    "SEGMENT",
    "AbsentModel",
    "Context",
    "Segment",
    "Segmentation",
    "SegmentationKind",
    "absent_models",
    "fit_segmentation",
    "known_kinds",
    "read_segmentations",
]
