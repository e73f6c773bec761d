"""One report for many dates, or for many values: each a run of its own, several at a time, told as they end."""

from __future__ import annotations

import calendar
import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from segkit.errors import DONE, REFUSED, ParameterError
from segkit.project.log import RunLog
from segkit.project.matrix import Matrix, MatrixPart, Values
from segkit.project.stopping import stopping
from segkit.schedule.children import ChildRun, run_children
from segkit.schedule.summing import sum_of_parts

Every = Literal["day", "week", "month"]
_MOST: Final = 5000


def dates_between(first: dt.date, last: dt.date, every: Every) -> list[dt.date]:
    """Return the dates from the first on; month by month from a month's last day, they are last days.

    >>> [day.isoformat() for day in dates_between(dt.date(2024, 1, 31), dt.date(2024, 3, 31), "month")]
    ['2024-01-31', '2024-02-29', '2024-03-31']

    Raises:
        ParameterError: the last is before the first, or there are too many.
    """
    if last < first:
        raise ParameterError(f"--to {last} is before --from {first}.")
    found: list[dt.date] = []
    for number in range(_MOST + 1):
        day = _moved(first, number, every)
        if day > last:
            return found
        found.append(day)
    raise ParameterError(f"--from {first} --to {last} --every {every}: more than {_MOST:,} dates.")


def _moved(first: dt.date, number: int, every: Every) -> dt.date:
    if every != "month":
        return first + dt.timedelta(days=number * (7 if every == "week" else 1))
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    is_last = first.day == calendar.monthrange(first.year, first.month)[1]
    return dt.date(year, month + 1, longest if is_last else min(first.day, longest))


def read_matrix(pairs: Sequence[str]) -> Matrix:
    """Read `KEY=FIRST,SECOND` as a matrix; the values are YAML, and `KEY={NAME: FIRST, …}` names them.

    Raises:
        ParameterError: a pair is none.
    """
    from segkit.data.specfile import read_scalar

    found: dict[str, Values] = {}
    for pair in pairs:
        name, equals, values = pair.partition("=")
        read = read_scalar(f"[{values}]")
        if not equals or not name.strip() or not isinstance(read, list):
            raise ParameterError(
                f"command line: `--matrix {pair[:80]}` is no matrix. Write --matrix KEY=FIRST,SECOND."
            )
        if name.strip() == "as_of":
            raise ParameterError("command line: `--matrix as_of=…`: many dates of one run are `segkit backfill`.")
        is_named = len(read) == 1 and isinstance(read[0], dict)
        found[name.strip()] = read[0] if is_named else read
    return found


def run_many(
    file: Path,
    dates: Sequence[str],
    *,
    parameters: Mapping[str, Any],
    parts: Sequence[MatrixPart],
    jobs: int,
    options: tuple[str, ...],
    log: RunLog,
) -> list[int]:
    """Make every combination of date and part, in order, so many at a time.

    What is there already is not made again, so that a run that was ended goes on where it was.

    Returns:
        The exit codes; one more where parts overlap.
    """
    runs = list(_runs(file, dates, parts, parameters, options))
    began, codes = time.monotonic(), []
    with stopping() as stop:
        for key, outcome in run_children(runs, root=Path.cwd(), jobs=jobs, stop=stop):
            codes.append(outcome.exit_code)
            left = (time.monotonic() - began) / len(codes) * (len(runs) - len(codes))
            said = f"{len(codes)} of {len(runs)}: {key}: {outcome.message}"
            tell = log.complain if outcome.exit_code else log.tell
            tell("ended", f"{said} {_left(left)}".rstrip(), exit_code=outcome.exit_code)
    for date in dates if DONE in codes and "--preview" not in options else ():
        summed = sum_of_parts(Path.cwd() / "reports" / file.parent.name / file.stem, date, parts)
        if summed is not None:
            (log.complain if summed.overlaps else log.tell)("parts", summed.sentence())
            codes += [REFUSED] * summed.overlaps
    return codes


def _runs(
    file: Path, dates: Sequence[str], parts: Sequence[MatrixPart], given: Mapping[str, Any], options: tuple[str, ...]
) -> Iterator[tuple[str, ChildRun]]:
    for date in dates:
        for part in parts:
            key = " ".join(filter(None, (date, part.name)))
            yield key, ChildRun(file, date, {**given, **part.values}, part.name, None, options)


def _left(seconds: float) -> str:
    if seconds < 1:
        return ""
    return f"({seconds:.0f} s left)" if seconds < 120 else f"({seconds / 60:.0f} min left)"
