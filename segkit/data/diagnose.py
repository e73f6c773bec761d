"""Why a column could not be read, and what to write in the dataset file instead: from a few of its values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from segkit.data.counted_dates import is_counted
from segkit.data.money import LARGEST
from segkit.data.schema import Kind
from segkit.data.wording import seen
from segkit.data.zoned_times import ABBREVIATIONS, without_zone_of, zone_of

_DAYS: Final = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%Y/%m/%d", "%d/%m/%y",
    "%m/%d/%y", "%d.%m.%y", "%Y-%d-%m", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
    "%b %d %Y",
)  # fmt: skip
_CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S", "T%H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_NOTHING: Final = frozenset(
    ("na", "n/a", "#n/a", "null", "none", "nil", "nan", "-", "--", ".", "?", "unknown", "missing", "\\n")
)


Fits = Callable[[Mapping[str, str]], bool]
"""Whether the column can be read when `format` is changed so."""


def _always(changes: Mapping[str, str]) -> bool:
    return True


def why_unreadable(column: str, kind: Kind, values: Sequence[str], decimals: int = 2, fits: Fits = _always) -> str:
    """Return a sentence of advice for values that do not fit their kind; empty where no advice is known.

    Args:
        column: segkit's name of the column.
        kind: what it should hold.
        values: a few of the values, as found.
        decimals: the decimals of the currency.
        fits: tries a change of `format` on the whole column, so that nothing is advised that does not help.
    """
    if not values:
        return ""
    if all(value in ("nan", "NaN", "inf", "-inf") for value in values):
        return "Where there is no value, leave the cell empty (NULL) instead of NaN."
    nothing = [value for value in dict.fromkeys(values) if value.casefold() in _NOTHING]
    if nothing:
        written = ", ".join(f'"{value}"' for value in nothing)
        return f"If `{nothing[0]}` means that there is no value, write `format: {{empty: [{written}]}}`."
    if kind in (Kind.TIME, Kind.DATE):
        return _about_dates(values, fits)
    if kind in (Kind.MONEY, Kind.NUMBER, Kind.WHOLE):
        return _about_numbers(column, kind, values, decimals, fits)
    if kind is Kind.FLAG:
        return "A yes-or-no column holds 1/0, true/false or yes/no."
    return ""


def _about_dates(values: Sequence[str], fits: Fits) -> str:
    zones = [zone_of(value) for value in values]
    if all(zones):
        return _about_zones(values, zones, fits)
    counted = is_counted(list(values))
    if counted and fits({"date_format": counted}):
        called = "Excel's day numbers" if counted == "excel" else f"{counted.removeprefix('epoch_')} since 1970"
        return f"They look like {called}: write `format: {{date_format: {counted}}}`."
    possible = date_formats(values)
    fitting = [pattern for pattern in possible if fits({"date_format": pattern})]
    if possible and not fitting:
        return (
            f'"{possible[0]}" (the signs of strptime) fits these, but not the rest of the column, which is written in more '
            "than one way. Export it with one, such as 2017-12-24."
        )
    if len(fitting) == 1:
        return f'They fit `format: {{date_format: "{fitting[0]}"}}`.'
    if fitting:
        written = " or ".join(f'"{pattern}"' for pattern in fitting[:3])
        return f"They fit {written}: write the one that is meant as `format: {{date_format: …}}`."
    if all(re.fullmatch(r"\d{4}-\d\d-\d\d\s*([A-Za-z]+|[+-]\d\d:?\d\d)", value) for value in values):
        return "A zone is understood after a clock only: leave it out where a day is meant."
    if all(re.fullmatch(r"\d{4}-\d\d-\d\d([ T][\d:.]+)?", value) for value in values):
        return "Such days do not exist in the calendar."
    return 'Write how dates are written as `format: {date_format: "%d/%m/%Y"}` (the signs of strptime).'


def _about_zones(values: Sequence[str], zones: Sequence[str], fits: Fits) -> str:
    """Return advice on times with zones: their dates are written differently, or their zones are unknown."""
    fitting = [pattern for pattern in date_formats([without_zone_of(value) for value in values]) if "%H" in pattern]
    if fitting and not fitting[0].startswith("%Y-%m-%d"):
        blank = " " if all(re.search(r"\s", value[value.rindex(":") :]) for value in values) else ""
        fitting = [p for p in fitting if fits({"date_format": f"{p}{blank}%z"})] or fitting
        written = " or ".join(f'"{pattern}{blank}%z"' for pattern in fitting[:3])
        one = len(fitting) == 1
        return (
            f"They fit `format: {{date_format: {written}}}`." if one else f"They fit {written}: write the one meant."
        )
    odd = next((zone for zone in zones if zone.isalpha() and zone.upper() not in ABBREVIATIONS), "")
    said = f"`{seen(odd)}` is not one zone. " if odd else ""
    return f"{said}Write a zone as Z, +02:00 or Europe/Berlin, once, behind the clock."


def _about_numbers(column: str, kind: Kind, found: Sequence[str], decimals: int, fits: Fits) -> str:
    values = [re.sub(r"^\((.*)\)$|^(\d.*)-$", r"-\1\2", value.replace("\u2212", "-")) for value in found]

    def all_fit(pattern: str) -> bool:
        return all(re.fullmatch(pattern, value) for value in values)

    possible = [
        (said, ", ".join(f'{key}: "{sign}"' for key, sign in changes.items()), fits(changes))
        for said, changes in _number_formats(values)
    ]
    for said, written, does in sorted(possible, key=lambda one: not one[2]):
        if does:
            return f"{said}: write `format: {{{written}}}`."
        return f"{said} here, but `format: {{{written}}}` does not fit the rest of the column. Export it in one way."
    if all_fit(r"[+-]?[\d_]+\.?\d*") and any("_" in value for value in values):
        return "Write numbers without `_`."
    if any("%" in value for value in values):
        return "Leave the % sign out."
    if any(re.search(r"[$€£¥]|\b[A-Z]{3}\b", value) for value in values):
        return f"Leave the currency sign out of `{seen(column)}`; the dataset file states the currency once."
    if kind is Kind.MONEY and all_fit(r"[+-]?\d{10,}(\.\d*)?|[+-]?[\d.]+e\+?\d+"):
        return f"Amounts are kept up to {LARGEST // 10**decimals:,}."
    if all_fit(r"[+-]?\d*\.\d*"):
        what = "whole numbers are asked for" if kind is Kind.WHOLE else "leave `decimal` out of `format`"
        return f"They have decimal points: {what}."
    return ""


def _number_formats(values: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what numbers look like, and the keys of `format` that say so."""

    def all_fit(pattern: str) -> bool:
        return all(re.fullmatch(pattern, value) for value in values)

    commas = "They have decimal commas"
    if all_fit(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?|[+-]?\d{1,3},\d+") and any("." in value for value in values):
        yield commas, {"decimal": ",", "thousands": "."}
    if all_fit(r"[+-]?\d+,\d+") and not all_fit(r"[+-]?\d{1,3},\d{3}"):
        yield commas, {"decimal": ","}
    if all_fit(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d+)?"):
        yield "Their thousands are set apart", {"thousands": ","}
        if not any("." in value for value in values):
            yield commas, {"decimal": ","}
    if all_fit(r"[+-]?\d{1,3}(['\u2019]\d{3})+([.,]\d+)?"):
        comma = {"decimal": ","} if any("," in value for value in values) else {}
        yield "Their thousands are set apart by apostrophes", {**comma, "thousands": "'"}
    if all_fit(r"[+-]?\d{1,3}([ \u00a0\u202f\u2009]\d{3})+([.,]\d+)?"):
        comma = {"decimal": ","} if any("," in value for value in values) else {}
        yield "Their thousands are set apart by blanks", {**comma, "thousands": " "}


def date_formats(values: Sequence[str]) -> list[str]:
    """Return the strptime patterns that read every value.

    >>> date_formats(["24.12.2023", "05.01.2024"])
    ['%d.%m.%Y']
    """
    found = []
    for day in _DAYS:
        for clock in _CLOCKS:
            pattern = day + clock
            if all(_reads(value, pattern) for value in values):
                found.append(pattern)
    return found


def _reads(value: str, pattern: str) -> bool:
    try:
        read = dt.datetime.strptime(value, pattern)
    except ValueError:
        return False
    return 1900 <= read.year < 2200
