"""A dataset file (`params/datasets/<name>.yaml`), typed: where the data are and what they mean."""

from __future__ import annotations

import codecs
import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from segkit.data.contradictions import as_texts, as_values, ask_pattern, contradictions
from segkit.data.memory_size import bytes_of
from segkit.data.schema import SHAPES, TABLES, Kind, Money, TableSchema
from segkit.data.sections import read_sections
from segkit.data.specfile import SpecFile, problem_sentences, read_extended, redact, suggestion
from segkit.errors import ParameterError

_ENCODINGS: Final[Mapping[str, str]] = MappingProxyType(
    {"iso8859-1": "latin-1", "utf-8-sig": "utf-8", "utf-16-le": "utf-16", "ascii": "utf-8"}
)
"""Python's names of encodings that are called otherwise here."""
Relation = Literal["contractual", "non_contractual", "list"]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def __repr__(self) -> str:
        """Return which keys are given, but no values, since any may come from the environment."""
        return f"{type(self).__name__}({', '.join(sorted(self.model_fields_set))})"

    __str__ = __repr__


class FileFormat(_Spec):
    """How a text file is written. Parquet files and engine tables need none of it."""

    delimiter: str = Field(default=",", description="what stands between columns; `whitespace` for runs of blanks")
    encoding: str = Field(
        default="utf-8", description="utf-8, latin-1, cp1252 (Windows), utf-16 or any other that Python knows"
    )
    quote: Literal['"', "'", ""] = Field(
        default='"', description="what a value with a delimiter in it stands between"
    )
    escape: Literal['"', "'", "\\"] = Field(default='"', description="what stands before a quote within a value")
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    header: bool = Field(default=True, description="whether the first line names the columns")
    names: tuple[str, ...] = Field(
        default=(), description="names of all columns, from left to right: where there is no header, or instead of it"
    )
    date_format: str | None = Field(
        default=None,
        description="strptime pattern of dates and times, if not ISO 8601; or what numbers count: "
        "epoch_seconds, epoch_milliseconds, excel",
    )
    empty: tuple[str, ...] = Field(default=(), description="texts that mean: no value, such as NULL or NA")

    @field_validator("empty", "names", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return as_texts(value)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            codec = codecs.lookup(value)
        except LookupError:
            codec = None
        if codec is None or not codec._is_text_encoding:
            raise ValueError("not the name of an encoding. Such names are utf-8, latin-1, cp1252, utf-16, shift_jis")
        return _ENCODINGS.get(codec.name, codec.name)

    @field_validator("date_format")
    @classmethod
    def _has_a_date(cls, value: str | None) -> str | None:
        if value is not None:
            ask_pattern(value)
        return value

    @model_validator(mode="after")
    def _names_or_header(self) -> FileFormat:
        if not self.header and not self.names:
            raise ValueError("`header: false` needs `names`, the columns from left to right")
        repeated = sorted({name for name in self.names if self.names.count(name) > 1})
        if repeated:
            raise ValueError(f"`names` has `{repeated[0]}` twice")
        if self.thousands and self.thousands == self.decimal:
            raise ValueError("`decimal` and `thousands` are the same sign")
        if self.delimiter != "whitespace" and len(self.delimiter) != 1:
            raise ValueError("`delimiter` is one character, or the word whitespace")
        if self.delimiter in ("\n", "\r", self.quote):
            raise ValueError("`delimiter` is a line break or the quote")
        return self


class AttributeSpec(_Spec):
    """One attribute of customers: its column, what it holds, and the order of its values."""

    column: str | None = Field(default=None, description="the source's name, if it is another")
    kind: Kind | None = Field(default=None, description="text, number, whole, flag, date or money")
    unit: str = Field(default="", description="of a number, as a reader knows it")
    order: tuple[str, ...] = Field(default=(), description="values from low to high, where they have an order")
    label: str = Field(default="", description="what a reader calls it")

    @field_validator("order", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return as_texts(value)


class WideSpec(_Spec):
    """Columns that hold one thing each, such as one for each month or question, and become rows."""

    columns: tuple[str, ...] = Field(description="their names; `*` stands for any part of a name, such as `2024-*`")
    names: str = Field(description="what their names are: a column of the table, such as time or question")
    values: str = Field(description="what stands in them: a column of the table, such as amount or answer")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return as_texts(list(value) if isinstance(value, list | tuple) else [value])


class TableSpec(_Spec):
    """Where one table is and how its columns are called there."""

    path: str | None = Field(
        default=None, description="a file, a glob or a folder, or an address of one; a bundled table knows its own"
    )
    table: str | None = Field(
        default=None,
        description="a table of the connection, `name` or `schema.name`; beside a `path` to a database file, a table in it",
    )
    query: str | None = Field(default=None, description="instead of `table`: a SELECT that the connection answers")
    sheet: tuple[str, ...] = Field(
        default=(), description="of a workbook: a sheet, a list of sheets, or all; its only sheet if not given"
    )
    format: FileFormat = FileFormat()
    columns: dict[str, str] = Field(default_factory=dict, description="segkit's name: the source's name")
    look_up: dict[str, str] = Field(
        default_factory=dict,
        description="a file beside those of `path`: the column that both have; each row gets the columns of its row there",
    )
    wide: WideSpec | None = Field(
        default=None, description="columns that become rows, such as a column a month, or a column a question"
    )
    may_lack: tuple[str, ...] = Field(
        default=(), description="columns named here that are passed over where the source has none of that name"
    )
    exact_duplicates: Literal["set_aside", "keep"] = Field(
        default="set_aside", description="rows that are the same in every column of the source"
    )
    last_of: tuple[str, ...] = Field(
        default=(),
        description="where exports overlap: the column, or columns, that say what a row is about; the last row of it holds",
    )
    later_by: str | None = Field(
        default=None,
        description="with `last_of`: the column that says which row is later; the order of the files' names if not given",
    )
    keep: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="column: values; rows with another value are set aside"
    )
    leave_out: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="column: values; rows with one of them are set aside, such as voided orders"
    )
    where: str | None = Field(
        default=None, description="a condition, as in rules; rows of which it is not true are set aside"
    )
    returned_when: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="transactions only; column: values of rows that take money back"
    )
    refunded_when: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="transactions only; column: values of orders whose money was given back whole",
    )
    guests: str | None = Field(
        default=None,
        description="transactions only: the column that says who bought where there is no customer_id, such as an e-mail "
        "address",
    )
    rows_are_customers: bool = Field(
        default=False, description="customers only: no column says who a row is; each row is a customer of its own"
    )
    attributes: dict[str, AttributeSpec] | None = Field(
        default=None,
        description="which attributes customers have; all other columns if not given. Of transactions: the columns that "
        "say something of the customer, as the last row of a customer has them",
    )
    shape: Literal["contracts", "snapshot", "dumps", "changes"] = Field(
        default="contracts",
        description="subscriptions only: one row per contract or billing period; one row per customer, as of one day; "
        "the whole table again and again, whose latest row of a contract holds; one row per change of status",
    )
    as_of: dt.date | None = Field(default=None, description="snapshot only: the date on which it was taken")
    ended_when: tuple[str, ...] = Field(
        default=(), description="snapshot and changes only: values of status that mean: has left"
    )
    followed_within: int | None = Field(
        default=None,
        ge=0,
        le=366,
        description="not in a snapshot: days after a contract's last day within which another one continues it; 7 if not "
        "given",
    )
    end_is: Literal["last_day", "first_day_without"] = Field(
        default="last_day", description="contracts only: whether the contract still runs on the day in `end`"
    )

    @field_validator("keep", "leave_out", "returned_when", "refunded_when", mode="before")
    @classmethod
    def _values_of_columns(cls, value: Any) -> Any:
        return as_values(value)

    @field_validator("attributes", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {str(name): {} for name in value}
        if isinstance(value, dict):
            return {k: ({"column": v} if isinstance(v, str) else (v or {})) for k, v in value.items()}
        return value

    @field_validator("ended_when", "sheet", "may_lack", "last_of", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return as_texts(list(value) if isinstance(value, list | tuple) else [value])


class ReturnsSpec(_Spec):
    """What is a return, what is a cancellation, and what a zero amount means."""

    negative_amounts: Literal["returns", "set_aside"] = Field(
        default="returns", description="returns: netted from revenue on their day, never an order"
    )
    cancellation_prefix: str = Field(default="", description="orders whose id starts so are returns")
    zero_amounts: Literal["orders", "ignored", "set_aside"] = Field(
        default="ignored", description="whether a purchase of nothing counts as an order"
    )


class EngineSpec(_Spec):
    """Limits of the embedded engine, and settings of Spark."""

    memory_limit: str | None = Field(default=None, description="such as 4GB; at least 64MB")
    threads: int | None = Field(default=None, ge=1, le=1024)
    spark: dict[str, str] = Field(
        default_factory=dict, description="Spark's own settings, such as `spark.executor.memory: 4g`"
    )

    @field_validator("memory_limit")
    @classmethod
    def _is_size(cls, value: str | None) -> str | None:
        if value is not None:
            bytes_of(value)
        return value


class BundledSpec(_Spec):
    """One of the data sets that come along, with its options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


def _default_segmentations() -> dict[str, dict[str, Any]]:
    return {"lifecycle": {"kind": "lifecycle"}, "value": {"kind": "value"}}


class DatasetSpec(_Spec):
    """The whole dataset file."""

    extends: str | None = Field(
        default=None,
        description="another dataset file beside this one, of which this one says only what is different",
    )
    like: str | None = Field(
        default=None, description="a recipe for the files of a system, of which this file says only what is different"
    )
    files: str | None = Field(
        default=None, description="with `like`: where the files are, a file, a glob or a folder"
    )
    title: str = Field(description="what a reader calls it")
    relation: Relation = Field(
        description="customers leave on a date, or they fall silent; or all that is known is a list of them"
    )
    currency: str = Field(description="ISO 4217 code")
    decimals: int = Field(
        default=2,
        ge=0,
        le=6,
        description="decimals of amounts that are kept; as many as the data have, up to 6, if not given",
    )
    rates: dict[str, float | dict[dt.date, float]] = Field(
        default_factory=dict,
        description="currency: what one of it is worth in `currency`, or such rates by the day from which they hold",
    )
    ids: Literal["as_written", "any_case", "any_case_or_blank"] = Field(
        default="as_written",
        description="any_case: customer ids that differ in capitals only are one customer; any_case_or_blank: or in blanks",
    )
    time_zone: str = Field(description="IANA name; days and weeks are counted there")
    times_are: Literal["local", "utc"] = Field(default="local", description="what times without a zone mean")
    customers_are: str = Field(default="customers", description="households, subscribers …")
    connection: str = Field(default="duckdb://", description="an Ibis URL; embedded DuckDB if not given")
    engine: EngineSpec = EngineSpec()
    storage: dict[str, dict[str, Any]] = Field(default_factory=dict, description="scheme: options of its driver")
    bundled: BundledSpec | None = None
    tables: dict[str, TableSpec] = Field(min_length=1)
    returns: ReturnsSpec = ReturnsSpec()
    tolerate: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="share of rows that may be unreadable before the data count as broken",
    )
    smallest: int = Field(default=5, ge=1, description="groups of fewer customers are not shown anywhere")
    segmentations: dict[str, dict[str, Any]] = Field(
        default_factory=_default_segmentations, description="name: its kind and options"
    )
    _sections: dict[str, Any] = PrivateAttr(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            hint = suggestion(value, zoneinfo.available_timezones())
            hint = hint if len(hint) < 100 else " Such names are Europe/Berlin, America/New_York, UTC."
            raise ValueError(f"not an IANA time zone.{hint}")
        return value

    @field_validator("currency")
    @classmethod
    def _iso_code(cls, value: str) -> str:
        if not re.fullmatch("[A-Z]{3}", value):
            raise ValueError("must be the three capital letters of ISO 4217, such as EUR")
        return value

    @field_validator("rates")
    @classmethod
    def _positive(cls, value: dict[str, float | dict[dt.date, float]]) -> dict[str, float | dict[dt.date, float]]:
        for currency, rate in value.items():
            if not re.fullmatch("[A-Z]{3}", currency):
                raise ValueError(f"`{currency}` must be the three capital letters of ISO 4217, such as USD")
            of_days = list(rate.values()) if isinstance(rate, dict) else [rate]
            if not of_days or not all(0 < one < 1e9 for one in of_days):
                raise ValueError(f"the rate of {currency} must be a number above 0")
        return value

    @field_validator("tables", mode="before")
    @classmethod
    def _nothing_to_say(cls, value: Any) -> Any:
        """Read `products:` with nothing behind it as a table that needs no further keys."""
        return {k: {} if v is None else v for k, v in value.items()} if isinstance(value, dict) else value

    def section(self, name: str) -> Any:
        """Return a section as checked by the rules of the wing that reads it; None where the file leaves it out."""
        return self._sections.get(name)

    @property
    def money(self) -> Money:
        """Currency, and the decimals that amounts are kept in."""
        return Money(self.currency, self.decimals)


def schema_of(name: str, table: TableSpec) -> TableSchema:
    """Return the schema that a table of a dataset file has to meet."""
    return SHAPES[table.shape] if name == "subscriptions" else TABLES[name]


def load_spec(path: Path) -> tuple[DatasetSpec, SpecFile]:
    """Read and validate a dataset file.

    Raises:
        ParameterError: with file and line, and every mistake in it at once.
    """
    file = read_extended(path)
    spec: DatasetSpec | None = None
    sentences: list[tuple[int, str]] = []
    own, of_wings, faults = read_sections(file)
    sentences += faults
    try:
        spec = DatasetSpec.model_validate(own)
        spec._sections = of_wings
    except ValidationError as error:
        sentences += problem_sentences(file, error.errors(), DatasetSpec)
    sentences += [
        (file.line(location), f"{file.where(location)}: {redact(said, file.secrets)}")
        for location, said in contradictions(file.data, file.secrets)
    ]
    if spec is None or sentences:
        raise ParameterError("\n".join(dict.fromkeys(said for _, said in sorted(sentences, key=lambda one: one[0]))))
    return spec, file
