"""The language of a page: metrics, how they are written, statements traced to them, and the blocks of a page."""

from segkit.page.actions import actions
from segkit.page.block import MIME, Block
from segkit.page.format import MISSING, write, write_date, write_span
from segkit.page.metric import Metric, union
from segkit.page.notes import note
from segkit.page.statement import Statement, day, direction, literal, name, number, words

__all__ = [
    "MIME",
    "MISSING",
    "Block",
    "Metric",
    "Statement",
    "actions",
    "day",
    "direction",
    "literal",
    "name",
    "note",
    "number",
    "union",
    "words",
    "write",
    "write_date",
    "write_span",
]
