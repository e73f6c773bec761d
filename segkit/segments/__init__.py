"""How customers divide: each segmentation assigns every customer exactly one segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.segments.kinds.segmentation_kind import Context as Context
    from segkit.segments.kinds.segmentation_kind import SegmentationKind as SegmentationKind
    from segkit.segments.measure.assign import segment as assign
    from segkit.segments.measure.crossing import cross_table as cross
    from segkit.segments.measure.moves import migration as moves
    from segkit.segments.measure.panel import segment_panel as panel
    from segkit.segments.measure.profiles import segment_profile as profile
    from segkit.segments.measure.returning import returning as returning
    from segkit.segments.measure.segment_quality import segment_quality as quality
    from segkit.segments.measure.sizes import segment_sizes as sizes

    __all__ = [
        "Context",
        "SegmentationKind",
        "assign",
        "cross",
        "moves",
        "panel",
        "profile",
        "quality",
        "returning",
        "sizes",
    ]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "assign": "segkit.segments.measure.assign:segment",
            "sizes": "segkit.segments.measure.sizes:segment_sizes",
            "moves": "segkit.segments.measure.moves:migration",
            "returning": "segkit.segments.measure.returning:returning",
            "quality": "segkit.segments.measure.segment_quality:segment_quality",
            "profile": "segkit.segments.measure.profiles:segment_profile",
            "panel": "segkit.segments.measure.panel:segment_panel",
            "cross": "segkit.segments.measure.crossing:cross_table",
            "SegmentationKind": "segkit.segments.kinds.segmentation_kind:SegmentationKind",
            "Context": "segkit.segments.kinds.segmentation_kind:Context",
        },
    )
