"""A schedule in the words of somebody else's scheduler: what a person would write by hand, with exit codes mapped."""

from __future__ import annotations

import datetime as dt
import shlex
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from segkit.errors import ParameterError
from segkit.schedule.schedule_file import Schedule, ScheduleEntry

ExportKind = Literal["cron", "systemd", "kubernetes", "github", "airflow"]
_DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Exported:
    """An entry as the templates see it."""

    name: str
    entry: ScheduleEntry
    calendars: tuple[str, ...]
    cron_utc: str
    seconds: int

    @property
    def retries(self) -> int:
        """Tries after the first that fit into the deadline, so that data which are late are waited for."""
        return max(self.entry.retries, min(self.entry.deadline // max(self.entry.backoff, 60), 100))


def export(schedule: Schedule, kind: ExportKind, *, project: str, image: str = "segkit") -> Mapping[str, str]:
    """Write a schedule down for another scheduler: file name → text.

    Args:
        schedule: what to write down.
        kind: whose words.
        project: the folder of the project, where the runs are made.
        image: for Kubernetes, an image that holds segkit and the project.

    Raises:
        ParameterError: the other scheduler cannot say what an entry says.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("segkit.schedule", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    templates.filters["quoted"] = shlex.quote
    templates.filters["python"] = repr
    common = {"project": project, "image": image}

    def filled(template: str, **more: object) -> str:
        return templates.get_template(template).render(**common, **more)

    if kind == "cron":
        return {"segkit.cron": filled("cron.j2", entries=schedule.entries)}
    entries = [_exported(name, entry, kind) for name, entry in schedule.entries.items()]
    found = {}
    for one in entries:
        if kind == "systemd":
            for ending in ("service", "timer"):
                found[f"segkit-{one.name}.{ending}"] = filled(f"systemd.{ending}.j2", one=one)
        elif kind == "kubernetes":
            found[f"segkit-{_label(one.name)}.yaml"] = filled("kubernetes.yaml.j2", one=one, label=_label(one.name))
        elif kind == "airflow":
            found[f"segkit_{one.name.replace('-', '_')}.py"] = filled(
                "airflow.py.j2", one=one, today=dt.datetime.now(zoneinfo.ZoneInfo(one.entry.time_zone)).date()
            )
        else:
            found[f"segkit-{one.name}.yml"] = filled("github.yml.j2", one=one)
    return found


def _exported(name: str, entry: ScheduleEntry, kind: ExportKind) -> Exported:
    calendars = tuple(on_calendar(entry.cron, entry.time_zone)) if kind == "systemd" else ()
    utc = in_utc(entry.cron, entry.time_zone) if kind == "github" else ""
    return Exported(name, entry, calendars, utc, entry.deadline)


def on_calendar(expression: str, zone: str) -> Iterable[str]:
    """Write a cron expression as systemd's OnCalendar; two lines where cron means either a day or a weekday."""
    from croniter import croniter

    minutes, hours, days, months, weekdays = croniter.expand(expression)[0]
    if "l" in days or len(expression.split()) != 5:
        raise ParameterError(f"`{expression}`: systemd cannot say this. Write the timer by hand.")
    time = f"{_list(hours, 24)}:{_list(minutes, 60)}:00 {zone}"
    named = ",".join(_DAYS[day % 7] for day in weekdays if day != "*")
    date = f"*-{_list(months, 13)}-{_list(days, 32)}"
    if named and date.endswith("-*"):
        yield f"{named} {date} {time}"
    elif named:
        yield f"*-{_list(months, 13)}-{_list(days, 32)} {time}"
        yield f"{named} *-{_list(months, 13)}-* {time}"
    else:
        yield f"{date} {time}"


def _list(values: Iterable[int | str], most: int) -> str:
    found = list(values)
    return "*" if found == ["*"] or len(found) >= most else ",".join(f"{int(value):02d}" for value in found)


def in_utc(expression: str, zone: str) -> str:
    """Write a cron expression in UTC that is never before its time: in the half of the year with the other offset,
    later.

    Raises:
        ParameterError: it cannot be said in UTC.
    """
    from croniter import croniter

    here = zoneinfo.ZoneInfo(zone)
    offsets = {
        offset
        for month in range(1, _MONTHS + 1)
        if (offset := dt.datetime(dt.datetime.now(dt.UTC).year, month, 1, tzinfo=here).utcoffset()) is not None
    }
    seconds = [int(offset.total_seconds()) for offset in offsets]
    if set(seconds) == {0}:
        return expression
    minute, hour, day, month, weekday = expression.split()
    said = f"`{expression}` in {zone}: GitHub's times are in UTC, and this cannot be said there. Write the workflow by hand"
    if any(offset % 3600 for offset in seconds):
        raise ParameterError(f"{said}: the zone's offset is no whole hour.")
    if hour.startswith("*"):
        if day == month == weekday == "*":
            return expression
        raise ParameterError(f"{said}: it is due every hour of certain days.")
    shift = -min(seconds) // 3600
    moved = [int(value) + shift for value in croniter.expand(expression)[0][1]]
    days = {value // 24 for value in moved}
    if len(days) > 1:
        raise ParameterError(f"{said}: some of its hours are on another day there.")
    over = days.pop()
    if over and (day, month) != ("*", "*"):
        raise ParameterError(f"{said}: its day of the month is another one there.")
    if over and weekday != "*":
        weekday = ",".join(str((int(value) + over) % 7) for value in croniter.expand(expression)[0][4])
    return f"{minute} {','.join(str(value % 24) for value in moved)} {day} {month} {weekday}"


def _label(name: str) -> str:
    """Return a name as Kubernetes allows it."""
    return name.lower().replace("_", "-").strip("-")[:40]
