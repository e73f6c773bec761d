"""params/schedule.yaml, typed: what runs when, with which parameters, and what happens when it does not."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from segkit.data.memory_size import bytes_of
from segkit.data.specfile import describe_problems, read_specfile, shown, suggestion
from segkit.delivery.recipients import Recipients, company_recipients
from segkit.errors import ParameterError
from segkit.project.dates import is_relative, resolve_date
from segkit.project.listing import parameter_files
from segkit.project.matrix import Matrix, MatrixPart, parts_of
from segkit.schedule.occurrences import ask_cron

FILE: Final = "schedule.yaml"
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _seconds(value: Any) -> Any:
    """Read `90s`, `5m`, `2h`, `1d` as seconds."""
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a number with s, m, h or d, such as 5m or 2h")
    return int(found[1]) * _UNITS[found[2]]


Seconds = Annotated[int, BeforeValidator(_seconds)]


class ScheduleEntry(BaseModel):
    """One line of a schedule: when, what, and what happens when it does not work."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str = Field(description="five fields: minute, hour, day, month, weekday")
    time_zone: str = Field(default="", description="IANA name; the schedule's if not given")
    runs: tuple[str, ...] = Field(min_length=1, description="<report>/<run>, or a pattern such as weekly_segments/*")
    parameters: dict[str, Any] = Field(
        default_factory=lambda: {"as_of": "yesterday"}, description="for every run; dates may be relative"
    )
    matrix: Matrix = Field(
        default_factory=dict, description="parameter: values; each combination is a run of its own"
    )
    population: str = Field(
        default="", description="a rule of whom each run is about, with values of the matrix: store = {store}"
    )
    catch_up: Literal["latest", "all", "none"] = Field(
        default="latest", description="of what was missed: the latest, all of it, or nothing"
    )
    retries: int = Field(default=3, ge=0, le=50, description="after a failure, or while the data are not there yet")
    backoff: Seconds = Field(default=300, description="before the first retry; doubled for each further one")
    deadline: Seconds = Field(
        default=86_400, description="so long after it was noticed that a run is due, nothing is tried any more"
    )
    time_limit: Seconds = Field(default=3600, description="for one run")
    cell_limit: Seconds = Field(default=0, description="for one cell; what the run has if not given")
    memory_limit: str = Field(default="", description="what the notebook of a run may take, such as 4GB")
    recipients: Recipients = Field(default=Recipients(), description="who is told")
    late_after: Seconds = Field(default=0, description="so long after a run is due, owners are told that it is late")

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        try:
            ask_cron(value)
        except ParameterError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("memory_limit")
    @classmethod
    def _is_size(cls, value: str) -> str:
        if value:
            bytes_of(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value and value not in zoneinfo.available_timezones():
            raise ValueError(f"`{value[:60]}` is not an IANA time zone; such names are Europe/Berlin, UTC")
        return value

    @field_validator("runs", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("parameters")
    @classmethod
    def _dates(cls, value: dict[str, Any]) -> dict[str, Any]:
        as_of = value.setdefault("as_of", "yesterday")
        if is_relative(as_of):
            try:
                resolve_date(as_of, dt.date(2024, 3, 31))
            except ParameterError as error:
                raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _has_parts(self) -> ScheduleEntry:
        try:
            self.parts()
        except ParameterError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return self

    def parts(self) -> list[MatrixPart]:
        """Return every combination of values; a single part without a name where there is no matrix."""
        return parts_of(self.matrix, self.population)

    def as_of(self, moment: dt.datetime) -> str:
        """Return the date of the runs that are due at a moment, resolved once: a late retry is for the same date."""
        here = moment.astimezone(zoneinfo.ZoneInfo(self.time_zone))
        return resolve_date(str(self.parameters["as_of"]), here.date()).isoformat()


class ScheduleSpec(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: str = Field(description="IANA name of the zone that times are meant in")
    publish_to: str = Field(
        default="", description="a folder, or such as s3://bucket/reports, that pages are copied to"
    )
    entries: dict[str, ScheduleEntry] = Field(min_length=1, description="name: what runs when")

    _is_zone = field_validator("time_zone")(ScheduleEntry._is_zone.__func__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Schedule:
    """A schedule of a project.

    Attributes:
        root: the project's folder.
        entries: by name, each with its zone.
        files: entry → the parameter files of its runs.
        secrets: of addresses; never to be shown.
        publish_to: where pages are copied to, "" where they are read in reports/.
    """

    root: Path
    entries: Mapping[str, ScheduleEntry]
    files: Mapping[str, tuple[Path, ...]]
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    publish_to: str = ""

    @property
    def reports(self) -> Path:
        """Where pages go, and the state of the schedule."""
        return self.root / "reports"


def check_schedule(root: Path) -> None:
    """Refuse a project's schedule that could not be read, where it has one; no variable of the environment is asked for.

    Raises:
        ParameterError: every mistake at once, with file and line.
    """
    if (root / "params" / FILE).is_file():
        read_schedule(root, environment=False)


def read_schedule(root: Path, *, environment: bool = True) -> Schedule:
    """Read a project's schedule.

    Args:
        root: the project.
        environment: fill in variables, which only the machine that runs it may have.

    Raises:
        ParameterError: every mistake at once, with file and line.
    """
    file = read_specfile(root / "params" / FILE, environment=environment, dates=False)
    try:
        spec = ScheduleSpec.model_validate(file.data)
    except ValidationError as error:
        raise ParameterError(describe_problems(file, error.errors(), ScheduleSpec)) from None
    known = {f"{path.parent.name}/{path.stem}": path for path in parameter_files(root)}
    files: dict[str, tuple[Path, ...]] = {}
    problems: list[str] = []
    for name, entry in spec.entries.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", name):
            problems.append(
                f"{file.where(('entries', name))}: `{name[:60]}` is no name: letters, digits, _ and - only."
            )
        found: dict[str, Path] = {}
        for pattern in entry.runs:
            matching = {run: path for run, path in known.items() if Path(run).match(pattern)}
            if not matching:
                problems.append(
                    f"{file.where(('entries', name, 'runs'))}: `{pattern[:60]}`: {shown(root / 'params')} has no such "
                    f"run.{suggestion(pattern, known)}"
                )
            found |= matching
        files[name] = tuple(found.values())
    if problems:
        raise ParameterError("\n".join(problems))
    company, secrets = company_recipients(root) if environment else (Recipients(), frozenset())
    entries = {
        name: entry.model_copy(
            update={
                "time_zone": entry.time_zone or spec.time_zone,
                "recipients": entry.recipients.over(company),
            }
        )
        for name, entry in spec.entries.items()
    }
    return Schedule(root, entries, files, file.secrets | secrets, spec.publish_to)
