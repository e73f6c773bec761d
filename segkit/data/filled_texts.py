"""A step before the reading of a text file: values without blanks around them, NULL where there is none.

What is read from a text names it many times. In a step of its own it is written out once, and a statement of megabytes
becomes one of kilobytes.
"""

from __future__ import annotations

from dataclasses import replace

from segkit.data.copies import RawTable
from segkit.data.reading import ReadingRules, filled_text
from segkit.data.schema import TableSchema
from segkit.data.sources import Source
from segkit.data.spec import TableSpec


def with_filled_texts(
    raw: RawTable, source: Source, schema: TableSchema, spec: TableSpec, rules: ReadingRules
) -> tuple[RawTable, Source, ReadingRules]:
    """Return rows and source with the texts that are read filled, and rules that know so."""
    names = {*spec.columns.values(), *schema.names} & set(source.columns)
    columns = sorted(source.columns[name] for name in names) if source.is_text else []
    texts = {name: filled_text(text, rules) for name in columns if (text := source.table[name]).type().is_string()}
    if not texts:
        return raw, source, rules
    filled = raw.table.mutate(**texts)
    return (
        replace(raw, table=filled, as_it_came=raw.table),
        replace(source, table=filled),
        replace(rules, filled=frozenset(texts)),
    )
