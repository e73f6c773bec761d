"""How each scheduled run stands: last page, next moment, what failed, what is late, and how fresh its data are."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any

from segkit.project.publishing import published_dates, read_manifest
from segkit.schedule.occurrences import next_occurrence
from segkit.schedule.schedule_file import Schedule
from segkit.schedule.state import OPEN, Job, ScheduleState


@dataclass(frozen=True, slots=True)
class RunStatus:
    """One scheduled run.

    Attributes:
        entry: of the schedule.
        run: report/run, and the part of a matrix.
        state: ok, new (nothing was due yet), late (due and not done), or failed.
        last: date of its latest page, "" where there is none.
        last_day: of the data of that page, the earliest of its tables; "" where it is not known.
        next: the next moment, in the entry's zone.
        message: why it is late or failed.
    """

    entry: str
    run: str
    state: str
    last: str
    last_day: str
    next: str
    message: str

    def sentence(self) -> str:
        """Write the status as a sentence for people."""
        last = f"page of {self.last}" if self.last else "no page yet"
        data = f", data until {self.last_day}" if self.last_day else ""
        why = f": {self.message.splitlines()[0]}" if self.message else ""
        return f"{self.entry}  {self.run}  {self.state}{why}  ({last}{data}; next {self.next})"

    def as_json(self) -> dict[str, Any]:
        """Return the status for programs."""
        return {name: getattr(self, name) for name in self.__slots__}


def run_states(schedule: Schedule, state: ScheduleState, now: dt.datetime) -> list[RunStatus]:
    """Return every run of a schedule as it stands now."""
    found = []
    for name, entry in schedule.entries.items():
        latest: dict[tuple[str, str], Job] = {}
        latest |= {(one.run, one.part): one for one in state.jobs(name) if one.state != "skipped"}
        following = next_occurrence(entry.cron, entry.time_zone, now).astimezone(zoneinfo.ZoneInfo(entry.time_zone))
        for file in schedule.files[name]:
            for part in entry.parts():
                run = f"{file.parent.name}/{file.stem}"
                job = latest.get((run, part.name))
                folder = schedule.reports / run / part.name
                dates = published_dates(folder)
                manifest = read_manifest(folder / dates[-1]) if dates else {}
                found.append(
                    RunStatus(
                        entry=name,
                        run="/".join(filter(None, (run, part.name))),
                        state=_state(job),
                        last=dates[-1] if dates else "",
                        last_day=_last_day(manifest),
                        next=following.isoformat(timespec="minutes"),
                        message=job.message if job is not None and _state(job) in ("late", "failed") else "",
                    )
                )
    return found


def _state(job: Job | None) -> str:
    if job is None:
        return "new"
    if job.state in OPEN:
        return "late"
    return "failed" if job.state == "failed" else "ok"


def _last_day(manifest: dict[str, Any]) -> str:
    """Return how far the page itself says that its data reach; else the earliest of its tables' last days."""
    reach = manifest.get("reach")
    if isinstance(reach, dict) and reach.get("last_day"):
        return str(reach["last_day"])
    days = [day for data in manifest.get("data", ()) for day in data.get("last_days", {}).values()]
    return min(days, default="")
