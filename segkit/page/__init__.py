"""The language of a page: metrics, how they are written, statements traced to them, and the blocks of a page.

An analyst's own: `table` shows a DataFrame, `chart` a matplotlib figure, `note` a sentence, `actions` what is
proposed, `head` the first lines of the page.
"""

from segkit.page.block import MIME, Block
from segkit.page.format import MISSING, write, write_date, write_span
from segkit.page.metric import Metric, union
from segkit.page.statement import (
    Statement,
    cited,
    day,
    direction,
    literal,
    name,
    number,
    own_name,
    own_words,
    words,
)

# these stand on the names above, which they take from this package
from segkit.page.action_table import actions  # isort: skip
from segkit.page.page_head import head  # isort: skip
from segkit.page.notes import note  # isort: skip
from segkit.page.own_chart import chart  # isort: skip
from segkit.page.own_table import table  # isort: skip

__all__ = [
    "MIME",
    "MISSING",
    "Block",
    "Metric",
    "Statement",
    "actions",
    "chart",
    "cited",
    "day",
    "direction",
    "head",
    "literal",
    "name",
    "note",
    "number",
    "own_name",
    "own_words",
    "table",
    "union",
    "words",
    "write",
    "write_date",
    "write_span",
]
