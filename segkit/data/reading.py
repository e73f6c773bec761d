"""Raw columns become typed ones, by one rule per kind, and every value that could not be read is noted.

An unreadable value is NULL in the typed column. The raw value is kept beside it until the checks have counted it, so
that an example can be shown.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any, Final, cast

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir
from ibis import udf

from segkit.data.counted_dates import COUNTED, counted
from segkit.data.engine import Engine
from segkit.data.money import has_more_decimals, text_to_minor_units, to_minor_units
from segkit.data.schema import Kind
from segkit.data.spec import DatasetSpec, FileFormat
from segkit.data.zoned_times import names_zone, to_utc, without_zone, zone_in_pattern
from segkit.data.zones import to_local
from segkit.errors import DataError

TRUE_WORDS: Final = ("1", "true", "t", "yes", "y", "ja", "oui", "si", "sí", "1.0")
FALSE_WORDS: Final = ("0", "false", "f", "no", "n", "nein", "non", "0.0")
_TRAILING: Final = (" ", "\t", "\r", "\n")
_EXACT_FLOATS: Final = float(2**53)
# thousands may be set apart by a blank that does not break a line, wide or narrow, or by a curled apostrophe
_SAME: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {" ": (" ", "\u00a0", "\u202f", "\u2009"), "'": ("'", "\u2019")}
)


@dataclass(frozen=True)
class Reading:
    """One typed column.

    Attributes:
        value: the typed value; NULL where empty or not readable.
        unreadable: True where there was something and it could not be read; None where that cannot be.
        raw: the value as found, for examples.
        rounded: True where an amount has more decimals than are kept; None where that cannot be.
        again: reads the same column with other keys of `format`, so that advice can be tried; None where it was no
            text.
    """

    value: ir.Value
    unreadable: ir.BooleanValue | None
    raw: ir.Value
    rounded: ir.BooleanValue | None = None
    again: Callable[[Mapping[str, str]], Reading] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class ReadingRules:
    """What reading a table's columns depends on.

    Attributes:
        engine: where it is computed.
        spec: the dataset's rules: time zone, currency.
        form: how the table's text is written.
        as_of: the last day that is seen; what happened later has not happened.
        span: earliest and latest moment in the table, if it is known without reading text.
        filled: names of columns that have no blanks around their values any more, and NULL for no value.
    """

    engine: Engine
    spec: DatasetSpec
    form: FileFormat
    as_of: dt.date
    span: tuple[dt.datetime, dt.datetime] | None = None
    filled: frozenset[str] = frozenset()


def _text_and_pattern(text: Any, pattern: Any) -> Any:
    """Declare the engine's own function of a text and a pattern."""


_strptime = udf.scalar.builtin(_text_and_pattern, name="try_strptime", signature=(("string", "string"), "timestamp"))


def read_column(raw: ir.Value, kind: Kind, rules: ReadingRules) -> Reading:
    """Return one column of a source with its type."""
    if not isinstance(raw, ir.StringValue):
        return _read(raw, kind, rules)

    def again(changes: Mapping[str, str]) -> Reading:
        return read_column(raw, kind, replace(rules, form=rules.form.model_copy(update=dict(changes))))

    text = raw if rules.filled and raw.get_name() in rules.filled else filled_text(raw, rules)
    return replace(_read(text, kind, rules), again=again)


def _read(raw: ir.Value, kind: Kind, rules: ReadingRules) -> Reading:
    match kind:
        case Kind.ID:
            return _read_id(raw)
        case Kind.TEXT:
            return Reading(raw if isinstance(raw, ir.StringValue) else raw.cast("string"), None, raw)
        case Kind.TIME:
            return _read_time(raw, rules, is_date=False)
        case Kind.DATE:
            reading = _read_time(raw, rules, is_date=True)
            return replace(reading, value=_day(reading.value))
        case Kind.MONEY:
            return _read_money(raw, rules)
        case Kind.NUMBER:
            return _read_number(raw, rules)
        case Kind.WHOLE:
            return _read_whole(raw, rules)
        case Kind.FLAG:
            return _read_flag(raw, rules)


def filled_text(text: ir.StringValue, rules: ReadingRules) -> ir.StringValue:
    """Return a text without blanks around it; NULL where nothing is left, or where it is a word for no value."""
    stripped = text.strip().nullif(ibis.literal(""))
    if rules.engine.name == "duckdb":
        # stripping is slow and hardly any text needs it: all blanks sort before "!"
        padded = reduce(or_, (text.endswith(blank) for blank in _TRAILING), text < "!")
        stripped = padded.ifelse(stripped, text)
    if rules.form.empty:
        stripped = stripped.isin(list(rules.form.empty)).ifelse(ibis.null("string"), stripped)
    return cast(ir.StringValue, stripped)


def is_whole_id(kind: types.DataType) -> bool:
    """Return whether ids of this type are whole numbers that fit into 64 bits."""
    return isinstance(kind, types.Integer) and not isinstance(kind, types.UInt64)


def _read_id(raw: ir.Value) -> Reading:
    kind = raw.type()
    if is_whole_id(kind):
        return Reading(raw.cast("int64"), None, raw)
    if isinstance(kind, types.Floating):
        number = cast(ir.FloatingValue, raw)
        # pandas turns whole ids with a gap into floats, and writes the gap as NaN; a gap is no id, not a wrong one
        given = number.notnull() & ~number.isnan()
        value = _whole(cast(ir.FloatingValue, number.cast("float64")))
        return Reading(value, (given & value.isnull()).fill_null(False), raw)
    text = cast(ir.StringValue, raw if isinstance(raw, ir.StringValue) else raw.cast("string"))
    if isinstance(kind, types.UInt64):
        return Reading(text, None, raw)
    # spreadsheets and pandas write whole numbers beside empty cells as 17850.0
    return Reading(text.re_replace(r"^([0-9]+)\.0+$", r"\1"), None, raw)


def as_text(reading: Reading) -> Reading:
    """Return an id as text, so that it meets the same id in a table that holds text."""
    return (
        reading if isinstance(reading.value, ir.StringValue) else replace(reading, value=reading.value.cast("string"))
    )


BLANKS: Final = "[\\s\u00a0\u202f]+"
"""Blanks of any kind, those that break no line among them."""


def alike(reading: Reading, ids: str) -> Reading:
    """Return an id in which capitals, or capitals and blanks, make no difference where the dataset file says so."""
    value = reading.value
    if ids == "as_written" or not isinstance(value, ir.StringValue):
        return reading
    value = value.lower() if ids == "any_case" else value.re_replace(BLANKS, "").lower()
    return replace(reading, value=value)


def _read_time(raw: ir.Value, rules: ReadingRules, *, is_date: bool) -> Reading:
    kind = raw.type()
    if isinstance(kind, types.Date):
        return Reading(raw if is_date else raw.cast("timestamp"), None, raw)
    utc = rules.spec.times_are == "utc"
    if isinstance(kind, types.Timestamp):
        moment = raw.cast("timestamp")
        if kind.timezone is not None:
            moment = _local(moment, rules)
        elif utc and is_date:
            # a calendar day stored as midnight is not a moment in London
            midnight = moment == moment.truncate("D")
            moment = midnight.ifelse(moment, _local(moment, rules))
        elif utc:
            moment = _local(moment, rules)
        return Reading(moment, None, raw)
    if isinstance(kind, types.Integer | types.Floating) and rules.form.date_format:
        raw = raw.cast("string")
    if not isinstance(raw, ir.StringValue):
        raise DataError(
            f"holds {kind}, which is no date. Map a column of dates, or write `format: {{date_format: …}}` if its numbers "
            f"are dates such as 20171224 (%Y%m%d) or count from a day ({', '.join(COUNTED)})"
        )
    _ask_embedded(rules.engine, "dates")
    moment = _moment(raw, rules, utc)
    return Reading(moment, raw.notnull() & moment.isnull(), raw)


def _moment(text: ir.StringValue, rules: ReadingRules, utc: bool) -> ir.Value:
    """Return naive local time from text. A day without a clock is a calendar day wherever the clocks stand."""
    pattern = rules.form.date_format
    if pattern in COUNTED:
        moment = counted(cast(ir.FloatingValue, text.try_cast("float64")), pattern)
        return _local(moment, rules) if utc or pattern != "excel" else moment
    if pattern is not None:
        zoneless = zone_in_pattern(pattern)
        if zoneless is not None:
            return _local(to_utc(_strptime(without_zone(text), zoneless), text, rules.spec.time_zone), rules)
        moment = _strptime(text, pattern)
        return _local(moment, rules) if utc and re.search("%-?[HIcX]", pattern) else cast(ir.Value, moment)
    naive = text.try_cast("timestamp")
    # ISO 8601: what follows the day tells whether the clock is given, and whether with its zone
    clock = cast(ir.StringValue, text.substr(10))
    branches = [(names_zone(clock), _local(_zoned(text, clock, rules), rules))]
    if utc:
        branches.append((clock != "", _local(naive, rules)))
    return ibis.cases(*branches, else_=naive)


def _zoned(text: ir.StringValue, clock: ir.StringValue, rules: ReadingRules) -> ir.Value:
    """Return naive UTC from text with a zone. The engine's own cast is faster, and right if the text holds no word."""
    plain = ~clock.substr(1).contains(" ") & clock.contains(":") & (clock.right(1) <= "9")
    plain = plain | clock.endswith("Z") | clock.endswith("UTC")
    exact = text.try_cast("timestamp('UTC')").cast("timestamp")
    stamp = cast(ir.StringValue, without_zone(text))
    # a word that is left may be a second zone, which a cast would ignore
    left = stamp.right(1).between("0", "9").ifelse(stamp.try_cast("timestamp"), ibis.null("timestamp"))
    spelled = to_utc(left, text, rules.spec.time_zone)
    return ibis.cases((plain, ibis.coalesce(exact, spelled)), else_=spelled)


def _local(moment: ir.Value, rules: ReadingRules) -> ir.Value:
    return to_local(rules.engine, moment, rules.spec.time_zone, rules.span)


def _day(value: ir.Value) -> ir.Value:
    return value.date() if isinstance(value, ir.TimestampValue) else value.cast("date")


def _read_money(raw: ir.Value, rules: ReadingRules) -> Reading:
    decimals = rules.spec.decimals
    if isinstance(raw, ir.StringValue):
        text = _plain_number(raw, rules)
        value = text_to_minor_units(text, decimals)
        rounded = has_more_decimals(cast(ir.NumericValue, text.try_cast("float64")), decimals)
        return Reading(value, raw.notnull() & value.isnull(), raw, rounded)
    number = _ask_numeric(raw)
    value = to_minor_units(number, decimals)
    whole = isinstance(number.type(), types.Integer)
    return Reading(
        value, _there(number) & value.isnull(), raw, None if whole else has_more_decimals(number, decimals)
    )


def _there(number: ir.NumericValue) -> ir.BooleanValue:
    """Return whether a cell holds anything: NaN counts, as it cannot be read, though Ibis takes it for null on Spark."""
    if isinstance(number.type(), types.Floating):
        return number.notnull() | cast(ir.FloatingValue, number).isnan().fill_null(False)
    return number.notnull()


def _read_number(raw: ir.Value, rules: ReadingRules) -> Reading:
    if isinstance(raw, ir.StringValue):
        found = cast(ir.FloatingValue, _plain_number(raw, rules).try_cast("float64"))
        number = (found.isnan() | found.isinf()).ifelse(ibis.null("float64"), found)
        return Reading(number, raw.notnull() & number.isnull(), raw)
    given = _ask_numeric(raw)
    number = given.cast("float64")
    if isinstance(given.type(), types.Floating):
        broken = number.isnan() | number.isinf()
        return Reading(broken.ifelse(ibis.null("float64"), number), broken.fill_null(False), raw)
    return Reading(number, None, raw)


def _read_whole(raw: ir.Value, rules: ReadingRules) -> Reading:
    if is_whole_id(raw.type()):
        return Reading(raw.cast("int64"), None, raw)
    number = _read_number(raw, rules)
    value = cast(ir.FloatingValue, number.value)
    whole = _whole(value)
    unreadable = number.unreadable if number.unreadable is not None else ibis.literal(False)
    return Reading(whole, unreadable | (value.notnull() & whole.isnull()), raw)


def _whole(number: ir.FloatingValue) -> ir.IntegerValue:
    """Return a float as a whole number; NULL where it has a fraction or is too large to be one."""
    inside = (number.abs() < _EXACT_FLOATS) & ~number.isnan()
    small = cast(ir.FloatingValue, inside.ifelse(number, ibis.null("float64")))
    whole = small == small.floor()
    return cast(ir.IntegerValue, whole.ifelse(small, ibis.null("float64")).floor().cast("int64"))


def _plain_number(text: ir.StringValue, rules: ReadingRules) -> ir.StringValue:
    """Return a number as engines read it. A text that does not fit the stated signs stays as it is, unreadable."""
    _ask_embedded(rules.engine, "numbers")
    form = rules.form
    text = _signed_in_front(text)
    if form.decimal == "." and not form.thousands:
        # DuckDB reads 1_000 as a thousand, as in a statement
        return cast(ir.StringValue, text.contains("_").ifelse("no number", text))
    signs: tuple[str, ...] = _SAME.get(form.thousands, (form.thousands,)) if form.thousands else ()
    point = re.escape(form.decimal)
    if signs:
        sign = f"[{''.join(re.escape(one) for one in signs)}]"
        groups = rf"[0-9]{{1,3}}({sign}[0-9]{{3}})+"
        if form.thousands == ",":  # as in India, by twos above the thousand
            groups = rf"{groups}|[0-9]{{1,2}}(,[0-9]{{2}})+,[0-9]{{3}}"
        shape = rf"^[+-]?({groups}|[0-9]+)({point}[0-9]*)?$"
    else:
        shape = rf"^[+-]?[0-9]*({point}[0-9]*)?([eE][+-]?[0-9]+)?$"
    plain = reduce(lambda value, one: cast(ir.StringValue, value.replace(one, "")), signs, text)
    if form.decimal == ",":
        plain = cast(ir.StringValue, plain.replace(",", "."))
    return cast(ir.StringValue, text.re_search(shape).ifelse(plain, "no number"))


def _signed_in_front(text: ir.StringValue) -> ir.StringValue:
    """Return a number with its minus in front, where accounts write (15.00) or 15.00-, or a typographic minus."""
    odd = text.startswith("(") | text.endswith("-") | text.contains("\u2212")
    signed = cast(ir.StringValue, text.replace("\u2212", "-"))
    signed = cast(ir.StringValue, signed.re_replace(r"^\(\s*([^()+-]*[0-9.,][^()+-]*?)\s*\)$", r"-\1"))
    signed = cast(ir.StringValue, signed.re_replace(r"^([0-9][^+-]*)-$", r"-\1"))
    return cast(ir.StringValue, odd.ifelse(signed, text))


def _read_flag(raw: ir.Value, rules: ReadingRules) -> Reading:
    kind = raw.type()
    if isinstance(kind, types.Boolean):
        return Reading(raw, None, raw)
    if isinstance(
        kind, types.Timestamp | types.Date
    ):  # opened_at, clicked_at: it happened if there is a time, and by then
        day = _day(_read_time(raw, rules, is_date=False).value)
        return Reading((day <= ibis.date(rules.as_of)).fill_null(False), None, raw)
    if isinstance(raw, ir.NumericValue):
        value = ibis.cases((raw == 1, True), (raw == 0, False), else_=ibis.null("boolean"))
        return Reading(value, _there(raw) & value.isnull(), raw)
    word = cast(ir.StringValue, raw.cast("string")).lower()
    value = ibis.cases((word.isin(TRUE_WORDS), True), (word.isin(FALSE_WORDS), False), else_=ibis.null("boolean"))
    return Reading(value, raw.notnull() & value.isnull(), raw)


def _ask_numeric(raw: ir.Value) -> ir.NumericValue:
    if not isinstance(raw, ir.NumericValue) or isinstance(raw, ir.BooleanValue):
        raise DataError(f"holds {raw.type()}, which is no number. Map a column of numbers")
    return raw


def _ask_embedded(engine: Engine, what: str) -> None:
    if engine.name != "duckdb":
        raise DataError(
            f"holds text, and {what} are read from text by the embedded engine only. Make it a column of {what} in the "
            "connection (a view will do)"
        )
