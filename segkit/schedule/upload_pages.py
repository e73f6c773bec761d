"""Pages that a schedule has made, copied to the place that it names: once each, and tried again until that is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segkit.delivery.ledger import Ledger
from segkit.delivery.uploading import upload
from segkit.errors import DONE, SegkitError
from segkit.project.publishing import read_manifest
from segkit.schedule.notifying import RECENT
from segkit.schedule.schedule_file import Schedule
from segkit.schedule.state import Job, ScheduleState

_KIND = "upload"


def upload_pages(
    schedule: Schedule, state: ScheduleState, ledger: Ledger, now: dt.datetime
) -> Iterator[tuple[Job, SegkitError]]:
    """Copy what has not been copied; yield each job whose page could not be, and why."""
    if not schedule.publish_to:
        return
    since = max(ledger.since, now - RECENT)
    for name in schedule.entries:
        for job in state.jobs(name):
            if job.state != "done" or job.exit_code != DONE or dt.datetime.fromisoformat(job.ended) < since:
                continue
            run = "/".join(filter(None, (job.run, job.part)))
            page = schedule.reports / run / job.as_of
            made_of = str(read_manifest(page).get("identity"))[:8]
            asked = (_KIND, f"{run}/{job.as_of} {made_of}", schedule.publish_to)
            if not ledger.begin(*asked, now, until_done=True):
                continue
            try:
                upload(page, run, schedule.publish_to)
            except SegkitError as error:
                ledger.end(*asked, str(error), now)
                yield job, error
            else:
                ledger.end(*asked, "", now)
