"""One opening of a dataset: every table is read and checked, and all failures are reported together."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.data import contract_histories, subscriptions, transactions
from segkit.data.attributes import Attribute, find_attributes, numbers_in_text
from segkit.data.checks import column_faults, typed_table
from segkit.data.column_map import map_columns, moments_span, without_lacking
from segkit.data.copies import HashCollisionError, RawTable, mark_copies
from segkit.data.currencies import without_rate
from segkit.data.customers_of_orders import customers_of, customers_table
from segkit.data.engine import Engine, EngineError
from segkit.data.filled_texts import with_filled_texts
from segkit.data.fingerprints import fingerprint
from segkit.data.guests import with_guests
from segkit.data.judging import Judged, Plan, judge
from segkit.data.keeping import as_contracts, day_of, keeper
from segkit.data.keys import (
    MAIN_TABLES,
    ids_as_text,
    main_tables,
    orphan_faults,
    strangers,
    unknown_contacts,
    unknown_products,
)
from segkit.data.later_rows import with_change, with_later_rows
from segkit.data.lookups import with_looked_up
from segkit.data.meant_rows import chosen_first, own_values, rows_not_meant, values_that_never_occur
from segkit.data.numbered_rows import with_numbers
from segkit.data.odd_ids import odd_ids
from segkit.data.overlooked import overlooked
from segkit.data.quality import Quality, TableQuality
from segkit.data.reading import Reading, ReadingRules, alike, as_text, read_column
from segkit.data.reconciling import reconcile_lines
from segkit.data.schema import Kind, TableSchema
from segkit.data.sources import Source, open_source, unreadable
from segkit.data.spec import DatasetSpec, TableSpec, schema_of
from segkit.data.specfile import SpecFile, redact, shown
from segkit.data.spells import chain
from segkit.data.swapped import swapped_days
from segkit.data.units import with_finest_unit
from segkit.data.wide_tables import with_rows_of_columns
from segkit.data.wording import seen
from segkit.errors import DataError
from segkit.statistics.told import Figure, Told

_ORDER: Final = (
    "campaigns",
    "products",
    "customers",
    "subscriptions",
    "transactions",
    "events",
    "contacts",
    "survey",
)
LIST_NOTE: Final = (
    "The data are a list of customers as they stand. It says who they are, not when they came, bought or left: nothing is "
    "said of change, of the lifecycle, of churn and of value to come. A table of transactions or of contracts brings them."
)
_STALE: Final = dt.timedelta(days=7)


@dataclass(frozen=True)
class Opened:
    """What an opening found; `segkit.data.loading.Dataset` says what each part is."""

    spec: DatasetSpec
    tables: Mapping[str, ir.Table]
    set_aside: Mapping[str, ir.Table]
    attributes: Mapping[str, Attribute]
    known_from: dt.date
    quality: Quality
    fingerprint: str


class Opening:
    """One opening of one dataset."""

    def __init__(self, file: SpecFile, spec: DatasetSpec, engine: Engine, as_of: dt.date, root: Path) -> None:
        self.file, self.spec, self.engine, self.as_of, self.root = file, spec, engine, as_of, root
        self.failures: list[str] = []
        self.judged: dict[str, Judged] = {}
        self.attributes: dict[str, Attribute] = {}
        self.notes: list[str] = []
        self.sources: dict[str, Source] = {}

    def run(self) -> Opened:
        """Open, check and report.

        Raises:
            DataError: lists every failure of all tables.
        """
        for name, table in self.spec.tables.items():
            try:
                self.sources[name] = self._opened(name, table)
            except DataError as error:
                self.failures.append(str(error))
            else:
                self.notes.extend(self.sources[name].notes)
        tables = {
            name: without_lacking(table, self.sources[name]) if name in self.sources else table
            for name, table in self.spec.tables.items()
        }
        self.spec = self.spec.model_copy(update={"tables": tables})
        self._customers_of_orders()
        self.spec = with_finest_unit(self.engine, self.spec, self.sources, self.as_of)
        text_ids = ids_as_text(self.sources, self._theirs)
        if any(table.guests is not None for table in self.spec.tables.values()):
            text_ids |= {"customer_id"}
        for name in (n for n in _ORDER if n in self.sources):
            try:
                self.judged[name] = self._check(name, text_ids)
            except DataError as error:
                self.failures.append(str(error))
            else:
                self.failures.extend(self.judged[name].failures)
        if not self.failures:
            self.failures.extend(strangers(self.engine, self.judged))
            if (unknown := unknown_contacts(self.engine, self.judged)) is not None:
                contacts = self.judged["contacts"]
                contacts.quality = replace(contacts.quality, lines=(*contacts.quality.lines, unknown))
        known_from = self._known_from()
        if self.failures:
            raise DataError.listing(shown(self.file.path), self.failures)
        self._tell_stale()
        self._without_amounts()
        return Opened(
            spec=self.spec,
            tables={name: judged.table for name, judged in self.judged.items()},
            set_aside={name: judged.aside for name, judged in self.judged.items()},
            attributes=self.attributes,
            known_from=known_from,
            quality=self._quality(),
            fingerprint=fingerprint(self.spec, self.file.secrets, self.sources, self._balances()),
        )

    def _customers_of_orders(self) -> None:
        """Add the table customers where transactions say what is known of them; what is wrong with those is told there."""
        orders, source = self.spec.tables.get("transactions"), self.sources.get("transactions")
        if orders is None or source is None or orders.attributes is None:
            return
        who, when = (source.columns.get(orders.columns.get(name, name)) for name in ("customer_id", "time"))
        if who is None or when is None:
            return
        rules = self._rules(orders)
        with contextlib.suppress(DataError):
            of_row = read_column(source.table[who], Kind.ID, rules)
            of_row = alike(with_guests(of_row, orders, source, rules), self.spec.ids)
            moment = read_column(source.table[when], Kind.TIME, rules)
            self.sources["customers"] = customers_of(source, of_row, moment, ibis.date(self.as_of))
            tables = {**self.spec.tables, "customers": customers_table(orders)}
            self.spec = self.spec.model_copy(update={"tables": tables})

    def _opened(self, name: str, table: TableSpec) -> Source:
        source = open_source(self.engine, name, table, self.root, self.spec.storage)
        try:
            source = with_looked_up(self.engine, name, table, source, self.root, self.spec.storage)
            source = with_rows_of_columns(self.engine, name, table, source)
        except EngineError as error:  # rows that are looked up for, or become more rows, are read at once
            raise unreadable(name, source, error) from None
        return with_numbers(source) if table.rows_are_customers else source

    def _theirs(self, table: str, column: str) -> str:
        return self.spec.tables[table].columns.get(column, column)

    def _check(self, name: str, text_ids: frozenset[str]) -> Judged:
        source = self.sources[name]
        try:
            return self._judge(name, source, text_ids, exact=False)
        except HashCollisionError:
            return self._judge(name, source, text_ids, exact=True)
        except EngineError as error:
            if source.lines is not None:
                source.lines.result()  # a packed file that is cut short explains whatever the reader says of its end
            raise unreadable(name, source, error) from None

    def _judge(self, name: str, source: Source, text_ids: frozenset[str], *, exact: bool) -> Judged:
        spec = self.spec.tables[name]
        schema = schema_of(name, spec)
        raw = RawTable(source.table, file=source.file)
        if spec.exact_duplicates == "set_aside":
            # a contract that stands in two dumps alike is no copy: the later row says that it still stands so
            file = None if spec.shape == "dumps" or spec.last_of else source.file
            raw = mark_copies(self.engine, source.table, file=file, exact=exact)
            source = replace(source, table=raw.table)
        raw, source, rules = with_filled_texts(raw, source, schema, spec, self._rules(spec))
        readings = self._readings(schema, spec, source, rules)
        for column in text_ids & set(readings):
            readings[column] = as_text(readings[column])
        latest = contract_histories.latest_of(readings) if spec.shape == "dumps" else None
        try:
            if spec.last_of:
                readings, latest = with_later_rows(spec, source, readings, rules)
            outside = rows_not_meant(source, spec, schema, readings, self.spec.money)
            if name == "transactions":
                readings = transactions.with_states(readings, source, spec)
                outside |= without_rate(readings, self.spec)
                readings = transactions.with_amount(readings, self.spec)
        except DataError as error:
            raise DataError(f"table {name} ({source.shown}) {error}") from None
        if spec.shape == "dumps":
            readings = contract_histories.with_order(readings, source)
        typed = typed_table(raw, readings, outside)
        table = typed.table
        faults = [
            *column_faults(with_change(schema, readings), readings, typed, self.as_of, self.spec.decimals),
            *orphan_faults(name, table, self.judged),
        ]
        if name == "transactions":
            faults += transactions.transaction_faults(table, self.spec)
        elif name == "subscriptions" and spec.shape in ("contracts", "dumps"):
            faults += subscriptions.contract_faults(table)
        day = day_of(name, spec, readings)
        keep = keeper(name, spec, self.spec, self.as_of, readings)
        judged = judge(
            self.engine,
            Plan(
                schema=schema,
                shown=source.shown,
                raw=raw,
                typed=typed,
                faults=tuple(chosen_first(list(typed.chosen), faults)),
                keep=keep if latest is None else lambda typed: latest.with_helpers(typed, keep(typed)),
                money=self.spec.money,
                money_column=transactions.AMOUNT if name == "transactions" else None,
                day=day,
                tolerate=self.spec.tolerate,
                as_of=self.as_of,
                is_main=name in main_tables(self.spec.tables),
                latest=latest,
            ),
        )
        if latest is not None:
            judged.table, judged.aside = judged.table.drop(*latest.helpers), judged.aside.drop(*latest.helpers)
        self._look_again(name, spec, self.sources[name], judged, table, day)
        return judged

    def _look_again(
        self,
        name: str,
        spec: TableSpec,
        source: Source,
        judged: Judged,
        typed: ir.Table,
        day: Callable[[ir.Table], ir.Value] | None,
    ) -> None:
        """Check what only the whole table shows."""
        lines = reconcile_lines(self.engine, name, source, judged.quality.rows_in)
        judged.quality = lines.add_to(judged.quality)
        judged.failures.extend(lines.failures)
        unknown = unknown_products(self.engine, judged.table, self.judged) if name == "transactions" else None
        if unknown is not None:
            judged.quality = replace(judged.quality, lines=(*judged.quality.lines, unknown))
        self.notes.extend(values_that_never_occur(self.engine, name, source, own_values(self.file, name, spec)))
        if name == "transactions" and not judged.failures:
            self.notes.extend(overlooked(self.engine, self.spec, source))
        if not judged.failures and "customer_id" in judged.table.columns:
            self.notes.extend(odd_ids(self.engine, self.spec, name, source, judged.table, judged.quality))
        if name == "subscriptions" and spec.shape == "snapshot":
            failures, notes = subscriptions.unknown_status(self.engine, typed, spec)
            judged.failures.extend(failures)
            self.notes.extend(notes)
        elif name == "subscriptions" and not judged.failures:
            self.notes.extend(as_contracts(self.engine, spec, judged))
            spells = chain(self.engine, judged.table, self.spec, self.as_of)
            judged.table = spells.table
            self.notes.extend(spells.notes)
        if source.is_text and day is not None and not judged.failures:
            judged.failures.extend(
                swapped_days(self.engine, name, spec.format.date_format, judged.table, day(judged.table))
            )
        if name == "events" and "value" not in judged.table.columns:
            judged.table = judged.table.mutate(value=ibis.literal(1.0))

    def _readings(
        self, schema: TableSchema, spec: TableSpec, source: Source, rules: ReadingRules
    ) -> dict[str, Reading]:
        """Return every declared column that the source has with its type, and report the required ones that it lacks."""
        where = f"table {schema.name} ({source.shown})"
        mapped = map_columns(schema, spec, source, where, self.file.where(("tables", schema.name)))
        kinds = {name: column.kind for name in mapped if (column := schema.column(name)) is not None}
        if schema.open:
            try:
                found = find_attributes(spec, source, set(mapped.values()))
            except DataError as error:
                raise DataError(f"{where}: {error}") from None
            self.attributes |= {name: attribute for name, (_, attribute) in found.items()}
            mapped |= {name: theirs for name, (theirs, _) in found.items()}
            kinds |= {name: attribute.kind for name, (_, attribute) in found.items()}
        span = moments_span(
            self.engine, source, self.spec, {theirs: kinds[name] for name, theirs in mapped.items()}, self.as_of
        )
        rules = replace(rules, span=span)
        if schema.open and source.is_text:
            numbers = numbers_in_text(found, spec, source, rules)
            self.attributes |= numbers
            kinds |= {name: attribute.kind for name, attribute in numbers.items()}
        readings: dict[str, Reading] = {}
        wrong: list[str] = []
        for name, theirs in mapped.items():
            try:
                readings[name] = read_column(source.column(theirs), kinds[name], rules)
                if name == "customer_id":
                    readings[name] = alike(with_guests(readings[name], spec, source, rules), self.spec.ids)
            except DataError as error:
                wrong.append(f"the column `{seen(theirs)}` (for {seen(name)}) {error}")
        if wrong:
            raise DataError(f"{where}: {'; '.join(wrong)}.")
        return readings

    def _rules(self, spec: TableSpec) -> ReadingRules:
        return ReadingRules(self.engine, self.spec, spec.format, self.as_of)

    def _known_from(self) -> dt.date:
        table = self.spec.tables.get("subscriptions")
        if table is not None and table.shape == "snapshot" and table.as_of is not None:
            if self.as_of < table.as_of:
                self.failures.append(
                    f"table subscriptions: the snapshot was taken on {table.as_of}, after the as-of date {self.as_of}. "
                    f"Run it as of {table.as_of} or later."
                )
            if self.as_of > table.as_of:
                self.notes.append(Told.of("Contracts are known as of {day} only.", day=table.as_of))
            return table.as_of
        firsts = [judged.quality.first for name, judged in self.judged.items() if name in MAIN_TABLES]
        return min((day for day in firsts if day is not None), default=self.as_of)

    def _tell_stale(self) -> None:
        """Add a note where the data are old: a scheduler that runs on yesterday's file must not look as if nothing
        happened.
        """
        judged = self.judged.get("transactions")
        last = judged.quality.last if judged else None
        if last is not None and self.as_of - last >= _STALE:
            self.notes.append(
                Told.of(
                    "The last transaction is of {last}, {days} days before the as-of date.",
                    last=last,
                    days=Figure((self.as_of - last).days, "count"),
                )
            )

    def _without_amounts(self) -> None:
        """Say so where the data are a list, or hold no amounts, and leave out the segmentation by value that nobody asked
        for.
        """
        if self.spec.relation == "list":
            self.notes.append(LIST_NOTE)
            return
        contracts = self.judged.get("subscriptions")
        if contracts is None or "transactions" in self.judged or "recurring_amount" in contracts.table.columns:
            return
        self.notes.append(
            "The contracts have no amounts, and there are no transactions: whatever is about money is left out. Write "
            "`columns: {recurring_amount: …}` with what a contract brings a month, and it is there."
        )
        if "segmentations" not in self.spec.model_fields_set:
            kept = {name: one for name, one in self.spec.segmentations.items() if one["kind"] != "value"}
            self.spec = self.spec.model_copy(update={"segmentations": kept})

    def _balances(self) -> dict[str, TableQuality]:
        return {name: self.judged[name].quality for name in self.spec.tables}

    def _quality(self) -> Quality:
        secrets = self.file.secrets
        return Quality(
            dataset=redact(self.spec.title, secrets),
            as_of=self.as_of,
            money=self.spec.money,
            tables=tuple(replace(table, source=redact(table.source, secrets)) for table in self._balances().values()),
            notes=tuple(_redacted(note, secrets) for note in self.notes),
        )


def _redacted(note: str, secrets: frozenset[str]) -> str:
    """Return the note without secrets; a note that holds none keeps its numbers apart."""
    note = Told.read(note)
    clean = redact(note, secrets)
    return note if clean == note else Told.own(clean)
