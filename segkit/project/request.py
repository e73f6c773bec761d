"""What is to be run: a report's notebook with the parameters of one run, all checked before anything starts."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segkit.data.asked import UnfitError
from segkit.data.specfile import SpecFile, read_specfile, shown, suggestion
from segkit.errors import ParameterError
from segkit.project.company import Company, read_company
from segkit.project.dates import is_relative, resolve_date
from segkit.project.parameters import NotebookParameter, notebook_parameters
from segkit.wing import renamed


@dataclass(frozen=True)
class RunRequest:
    """One run of one report.

    Attributes:
        report: the notebook's name.
        run: the parameter file's name.
        root: the project folder: notebooks/, params/ and reports/ are in it.
        notebook: notebooks/<report>.ipynb.
        params_file: params/<report>/<run>.yaml.
        parameters: every parameter of the notebook with its value: default, file, command line, the last one wins.
        as_of: the date that the run is for.
        secrets: texts that no output may show.
        given: names of the parameters that the file or the command line gave; the others are the notebook's defaults.
        time_zone: of the dataset, "" where the report has none.
        part: which part of a matrix the run makes, "" where it is none.
        reports_folder: where pages go; "previews" for a look that readers do not see.
        company: whose pages they are.
    """

    report: str
    run: str
    root: Path
    notebook: Path
    params_file: Path
    parameters: Mapping[str, Any]
    as_of: dt.date
    secrets: frozenset[str]
    given: frozenset[str] = frozenset()
    time_zone: str = ""
    part: str = ""
    reports_folder: str = "reports"
    company: Company = field(default_factory=Company)

    @property
    def name(self) -> str:
        """report/run, and the part of a matrix."""
        return "/".join(filter(None, (self.report, self.run, self.part)))

    @property
    def is_preview(self) -> bool:
        """Whether readers are not to see it."""
        return self.reports_folder != "reports"

    def as_preview(self) -> RunRequest:
        """Return the same run, published where readers do not see it."""
        return replace(self, reports_folder="previews")

    def as_part(self, part: str) -> RunRequest:
        """Return the same run as a part of a matrix, with a folder of its own."""
        return replace(self, part=part)

    @property
    def reports(self) -> Path:
        """The folder of all pages, and of their index."""
        return self.root / self.reports_folder

    @property
    def folder(self) -> Path:
        """reports/<report>/<run>, and the part of a matrix."""
        return self.reports / self.name

    @property
    def published(self) -> Path:
        """Where the page goes."""
        return self.folder / self.as_of.isoformat()


def read_request(
    params_file: Path,
    *,
    as_of: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    now: dt.datetime | None = None,
) -> RunRequest:
    """Check a run's parameters against its notebook, and its dataset file.

    Args:
        params_file: params/<report>/<run>.yaml.
        as_of: the last day that the report sees; it may be relative, such as last_sunday.
        overrides: parameters that count more than the file's.
        now: what relative dates are relative to.

    Raises:
        ParameterError: every mistake at once, with file and line.
    """
    file = read_specfile(params_file, dates=False)
    # a link stays where it stands: a ConfigMap of Kubernetes is nothing but links
    params_file = Path(os.path.abspath(params_file))
    report, run = params_file.parent.name, params_file.stem
    root = params_file.parent.parent.parent
    if params_file.parent.parent.name != "params" or report == "datasets":
        raise ParameterError(
            f"{shown(params_file)}: the parameters of a run stand in params/<report>/<run>.yaml, beside notebooks/."
        )
    notebook = root / "notebooks" / f"{report}.ipynb"
    known = notebook_parameters(notebook)
    if "as_of" not in known:
        raise ParameterError(f"{shown(notebook)}: the parameters cell has no `as_of`; a report is for a date.")
    given = dict(overrides or {})
    if as_of is not None:
        given["as_of"] = as_of
    # nothing behind the colon means the default
    told = {name: value for name, value in (file.data | given).items() if value is not None or name not in known}
    values = {name: parameter.default for name, parameter in known.items()} | told
    values, unreadable = _with_dates(values, known, {name: _where(name, file, given) for name in values}, root, now)
    values = {name: _read(known.get(name), value) for name, value in values.items()}
    moved = {name: _moved(name, known, values.get("dataset"), root) for name in values if name not in known}
    stated = {name: value for name, value in file.data.items() if not is_relative_date(known.get(name), value)}
    ordered = {name: value for name, value in given.items() if not is_relative_date(known.get(name), value)}
    problems = unreadable + _problems(file, stated, known, moved) + _problems(None, ordered, known, moved)
    secrets: frozenset[str] = frozenset()
    time_zone = ""
    try:
        places = {name: _where(name, file, given) for name in values}
        secrets, time_zone = _check_dataset(values, places, root, stated="dataset" in file.data | given)
    except ParameterError as error:
        problems += [said for said in str(error).splitlines() if said not in problems]
    company = Company(root)
    try:
        company = read_company(root)
    except ParameterError as error:
        problems += str(error).splitlines()
    if problems:
        raise ParameterError("\n".join(problems))
    return RunRequest(
        report=report,
        run=run,
        root=root,
        notebook=notebook,
        params_file=params_file,
        parameters=values,
        as_of=dt.date.fromisoformat(values["as_of"]),
        secrets=secrets,
        given=frozenset(file.data) | frozenset(given),
        time_zone=time_zone,
        company=company,
    )


def is_relative_date(parameter: NotebookParameter | None, value: Any) -> bool:
    """Return whether a parameter that is a date is given as one that is still to be resolved."""
    return parameter is not None and parameter.is_date and is_relative(value)


def _with_dates(
    values: Mapping[str, Any],
    known: Mapping[str, NotebookParameter],
    where: Mapping[str, str],
    root: Path,
    now: dt.datetime | None,
) -> tuple[dict[str, Any], list[str]]:
    """Return the values with relative dates resolved, and what is wrong with those that cannot be."""
    relative = {name: value for name, value in values.items() if is_relative_date(known.get(name), value)}
    if not relative:
        return dict(values), []
    now = (now or dt.datetime.now(dt.UTC)).astimezone(_zone(values.get("dataset"), root))
    found, problems = {}, []
    for name, value in relative.items():
        try:
            found[name] = resolve_date(value, now.date(), name).isoformat()
        except ParameterError as error:
            problems.append(f"{where[name]}: {error}")
    return {**values, **found}, problems


def _zone(dataset: Any, root: Path) -> dt.tzinfo | None:
    """Return the zone of the report's data; the machine's where it has none or cannot be read, which is told
    elsewhere.
    """
    if not isinstance(dataset, str):
        return None
    from segkit.data.locating import find_dataset
    from segkit.data.spec import load_spec

    with contextlib.suppress(ParameterError):
        return zoneinfo.ZoneInfo(load_spec(find_dataset(dataset, root))[0].time_zone)
    return None


def _problems(
    file: SpecFile | None, values: Mapping[str, Any], known: Mapping[str, NotebookParameter], moved: Mapping[str, str]
) -> list[str]:
    found = []
    for name, value in values.items():
        where = file.where((name,)) if file else "command line"
        if name not in known:
            found.append(
                f"{where}: "
                + (moved[name] or f"`{name}` is not a parameter of this report.{suggestion(name, known)}")
            )
        else:
            try:
                known[name].read(value)
            except UnfitError as problem:
                found.append(f"{where}: `{name}: {_short(value)}` {problem}.")
    return found


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _read(parameter: NotebookParameter | None, value: Any) -> Any:
    """Read a value in its parameter's kind; where it does not fit, return it as it is, since another check reports
    that.
    """
    with contextlib.suppress(UnfitError):
        value = parameter.read(value) if parameter else value
    return value.isoformat() if isinstance(value, dt.date) else value


def _moved(name: str, known: Mapping[str, NotebookParameter], dataset: Any, root: Path) -> str:
    """Say where a parameter that the report does not have stands now; empty if nowhere.

    It may have another name, or be a matter of the dataset file, in a section that a wing reads.
    """
    from segkit.data.locating import find_dataset
    from segkit.data.sections import place_of

    new = renamed().get(name, "")
    if new in known:
        return f"`{name}` is called `{new}` now."
    place = place_of(new or name) or (f"under `{new}`" if new.endswith(":") else "")
    if not place:
        return ""
    try:
        file = shown(find_dataset(dataset, root)) if isinstance(dataset, str) else "the dataset file"
    except ParameterError:
        file = "the dataset file"
    called = f", called `{new}`" if new and not new.endswith(":") else ""
    return f"`{name}` now stands in {file} {place}{called}."


def _where(name: str, file: SpecFile, given: Mapping[str, Any]) -> str:
    """Say where a parameter got its value from."""
    if name in given:
        return "command line"
    return file.where((name,)) if name in file.data else f"{shown(file.path)}, `{name}` left to the report's default"


def _check_dataset(
    values: Mapping[str, Any], where: Mapping[str, str], root: Path, *, stated: bool
) -> tuple[frozenset[str], str]:
    """Ensure that the parameter `dataset` names a dataset file, and `segmentation` and `segmentations` what it
    defines.

    Args:
        values: of all parameters.
        where: each got its value from, for an error.
        root: the folder of `params/`.
        stated: whether the file or the command line names the dataset.

    Returns:
        The file's secrets and its time zone.
    """
    if not isinstance(values.get("dataset"), str):
        return frozenset(), ""
    from segkit.data.locating import find_dataset
    from segkit.data.spec import load_spec

    try:
        path = find_dataset(values["dataset"], root)
    except ParameterError as error:
        asked = "" if stated else "there is no line `dataset: NAME`, and the default has no file; write one. "
        raise ParameterError(f"{where['dataset']}: {asked}{error}") from None
    spec, spec_file = load_spec(path)
    problems = []
    for name, value in values.items():
        if name == "segmentation" or name.endswith("_segmentation"):
            wanted = [value] if value else []
        elif name == "segmentations" or name.endswith("_segmentations"):
            wanted = list(value) if isinstance(value, list | tuple) else []
        else:
            continue
        problems += [
            f"{where[name]}: `{name}: {one}`: the dataset {values['dataset']} defines no such segmentation."
            f"{suggestion(str(one), spec.segmentations)}"
            for one in wanted
            if not isinstance(one, str) or one not in spec.segmentations
        ]
    if problems:
        raise ParameterError("\n".join(problems))
    return spec_file.secrets, spec.time_zone
