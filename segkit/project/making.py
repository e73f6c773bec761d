"""Pages made in a staged folder: executed, rendered, given a manifest, and refused where they show a secret."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segkit.data.opened import read_record
from segkit.data.specfile import shows_secret
from segkit.errors import RunError
from segkit.page.locale import written_in
from segkit.project import publishing
from segkit.project.archive import told_of
from segkit.project.executed import read_executed
from segkit.project.execution import execute
from segkit.project.identity import Identity
from segkit.project.page_links import kept_links, links_of
from segkit.project.page_outputs import forms_of
from segkit.project.progress import ProgressListener
from segkit.project.request import RunRequest
from segkit.project.restating import restated_history, restated_page
from segkit.project.same_numbers import NOTICE, refuse_disagreement
from segkit.project.shrinking import notice_of_shrunk
from segkit.project.stopping import Stopping
from segkit.project.verifying import file_digest
from segkit.project.withdrawing import Remark

_RECORD = ".opened.jsonl"


@dataclass(frozen=True, slots=True)
class MadePage:
    """A page that is whole: its headline, what it left out (None: it was there before, nothing ran), its identity."""

    headline: str
    left_out: tuple[str, ...] | None
    identity: str


def make_page(
    request: RunRequest,
    identity: Identity,
    staged: Path,
    stop: Stopping,
    on_cell: ProgressListener | None,
    there: Mapping[str, Any],
    executed: Path | None = None,
    memory_limit: int = 0,
    remark: Remark | None = None,
) -> MadePage:
    """Fill a staged folder with the files of a page.

    Args:
        request: what to run.
        identity: what is known of it before.
        staged: the folder.
        stop: says when it is time to end.
        on_cell: told of every cell that begins.
        there: manifest of the page that stands in its place; empty where there is none.
        executed: the notebook as somebody else ran it; then nothing is run.
        memory_limit: bytes that the kernel may take; 0 for what the machine has.
        remark: why the page is corrected; None where it is not.

    Raises:
        SegkitError: the data, the parameters or the run failed; the message says why.
    """
    began = time.monotonic()
    record = staged / _RECORD
    if executed is not None:
        notebook = read_executed(executed, request)
        shutil.copyfile(executed, staged / publishing.NOTEBOOK)
    else:
        notebook = execute(
            request.notebook,
            staged / publishing.NOTEBOOK,
            request.parameters,
            folder=request.notebook.parent,
            stop=stop,
            on_cell=on_cell,
            record=record,
            memory_limit=memory_limit,
        )
    data, populations = read_record(record)
    record.unlink(missing_ok=True)
    said = identity.manifest(data)
    corrections: list[Mapping[str, str]] = [
        *there.get("corrections", ()),
        *([] if remark is None else [remark.payload()]),
    ]
    with written_in(request.company.said.locale):
        links = links_of(request)
        marks = [told_of("Corrected", one) for one in corrections]
    if there.get("identity") == said["identity"]:
        links = kept_links(there, request.published, links)
    notice = notice_of_shrunk(request, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from segkit.project.definitions import earlier_definitions
        from segkit.project.rendering import metrics_json, render

        page = render(
            notebook,
            earlier=earlier_definitions(request.folder, request.as_of),
            company=request.company,
            links=links,
            marks=marks,
            notice=notice,
        )
    (staged / publishing.REPORT).write_text(page.html, encoding="utf-8")
    (staged / publishing.METRICS).write_text(metrics_json(page.metrics), encoding="utf-8")
    for table in page.tables:
        (staged / table.name).write_text(table.text, encoding="utf-8")
    forms = forms_of(page.summary, request.company, request.name, request.as_of.isoformat(), marks)
    for name, content in forms.items():
        (staged / name).write_bytes(content)
    refuse_disagreement(staged, notice)
    is_new = there.get("identity") != said["identity"] or remark is not None
    revision = int(there.get("revision", 1)) + is_new if there else 1
    manifest = said | {
        "report": request.report,
        "run": request.run,
        "part": request.part,
        "as_of": request.as_of.isoformat(),
        "title": page.title,
        "headline": page.headline,
        "revision": revision,
        "seconds": round(time.monotonic() - began, 3),
        "news": page.news,
        **page.said,
        "left_out": list(page.left_out),
        "definitions": dict(page.definitions),
        "reach": dict(page.reach),
        "populations": list(populations),
        "links": links.payload(),
        "summary": page.summary.payload(),
        **({} if notice is None else {NOTICE: notice.payload()}),
        **({"corrections": corrections} if corrections else {}),
    }
    if there and is_new:
        manifest["restated"] = restated_page(request.published, page.metrics)
    elif "restated" in there:
        manifest["restated"] = there["restated"]
    with written_in(request.company.said.locale):
        manifest["history"] = restated_history(request.folder, request.as_of, request.parameters, page.metrics)
    manifest["files"] = {file.name: file_digest(file) for file in sorted(staged.iterdir())}
    (staged / publishing.MANIFEST).write_text(publishing.manifest_json(manifest), encoding="utf-8")
    for file in staged.iterdir():
        _refuse_secrets(file, request.secrets)
    return MadePage(page.headline, page.left_out, str(manifest["identity"]))


def _refuse_secrets(file: Path, secrets: Iterable[str]) -> None:
    if shows_secret(file.read_text(encoding="utf-8", errors="replace"), secrets):
        raise RunError(
            f"{file.name} shows a secret of the dataset file; nothing is published. Find the cell that shows it."
        )
