"""Rendering: an executed notebook becomes a page. Blocks are verified and drawn, prose is kept, all else is left out.

The work is done by a preprocessor that the template's conf.json names, so that
`jupyter nbconvert --to html --template segkit` does the same as `render`.
"""

from __future__ import annotations

import html as escaping
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from segkit.errors import ReportError, RunError
from segkit.page import MIME, Block, Metric, union
from segkit.page.check import check_page
from segkit.page.drawing import draw, stylesheet
from segkit.page.locale import written_in
from segkit.page.segments import slug
from segkit.page.statement import Direction
from segkit.page.unchecked import FIELD, MARK
from segkit.project.cells import cell_place, number_of
from segkit.project.company import Company, shown_company
from segkit.project.definitions import Earlier, banner, changed, definitions_of
from segkit.project.outputs import left_out, shown_html
from segkit.project.page_frame import fill_frame
from segkit.project.page_links import PageLinks, lead_on
from segkit.project.page_section import PageSection, brief_lines, in_brief
from segkit.project.page_summary import PageSummary, said_of, summary_of
from segkit.project.page_tables import TableFile, table_files
from segkit.project.publishing import METRICS

_HEADING: Final = re.compile(r"<h([12])\b[^>]*>(.*?)</h\1>\s*", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page.

    Attributes:
        html: the whole document; the same bytes for the same outputs.
        metrics: every number stated on it, by key.
        title: of the document.
        headline: the sentence at its head, "" where the notebook makes none.
        left_out: outputs that a page cannot show, each in words.
        definitions: what the page counts, in words, by what it is called.
        reach: how far the data reach and when the next page is due, as the head says it; empty where it says nothing.
        news: whether its head or key figures state a change outside normal variation; None where they state no change.
        said: what the index says of it: the decision, how much the headline matters, the first key figure.
        summary: it in brief, for other forms.
        tables: each of its tables, as a file.
    """

    html: str
    metrics: Mapping[str, Metric]
    title: str
    headline: str
    left_out: tuple[str, ...]
    definitions: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, Any] = field(default_factory=dict)
    news: bool | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    summary: PageSummary = field(default_factory=lambda: PageSummary(""))
    tables: tuple[TableFile, ...] = ()


def render(
    notebook: NotebookNode,
    *,
    language: str = "en",
    earlier: Earlier | None = None,
    company: Company | None = None,
    links: PageLinks | None = None,
    marks: Sequence[str] = (),
    notice: Block | None = None,
) -> Page:
    """Make the page of an executed notebook.

    Args:
        notebook: with its outputs.
        language: of the page, for its `lang`.
        earlier: what the page before defined; where this one does otherwise, it says so.
        company: whose page it is; None where that is not said.
        links: where it leads to; None for a page that stands alone.
        marks: why it was corrected, sentence by sentence.
        notice: what the page says above all else.

    Raises:
        RunError: a cell of the notebook failed.
        ReportError: a statement that its numbers do not bear out, machinery that would show, a picture without a
            description.
        ParameterError: the company's own template cannot be filled.
    """
    company = company or Company()
    asked = {
        "segkit_language": language,
        "segkit_earlier": earlier,
        "segkit_company": company,
        "segkit_links": links,
        "segkit_marks": tuple(marks),
        "segkit_notice": notice,
    }
    html, resources = fill_frame(notebook, asked, language, company)
    prepared = resources["segkit"]
    beside = {METRICS, *(table.name for table in prepared["tables"])}
    check_page(html, prepared["names"], links.hrefs() | beside if links is not None else ())
    return Page(
        html=html,
        metrics=prepared["metrics"],
        title=prepared["title"],
        headline=prepared["headline"],
        left_out=tuple(prepared["left_out"]),
        definitions=prepared["definitions"],
        reach=prepared["reach"],
        news=prepared["news"],
        said=prepared["said"],
        summary=prepared["summary"],
        tables=prepared["tables"],
    )


def metrics_json(metrics: Mapping[str, Metric]) -> str:
    """Return metrics as JSON: an object by key, sorted; each has value, unit, currency and label."""
    plain = {
        key: {name: value for name, value in metric.payload().items() if name != "key"}
        for key, metric in metrics.items()
    }
    return json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


class PagePreprocessor(Preprocessor):
    """The step of nbconvert that puts the content of the page into the exporter's resources."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Fill the resources when nbconvert calls; the notebook is left as it is."""
        language, earlier = str(resources.get("segkit_language", "en")), resources.get("segkit_earlier")
        links: PageLinks | None = resources.get("segkit_links")
        prepared = _prepare(nb, language, earlier, resources.get("segkit_notice"), links)
        for name in ("header", "brief", "series"):
            prepared[name] = lead_on(prepared[name], links)
        prepared["lead"] = [lead_on(part, links) for part in prepared["lead"]]
        for section in prepared["sections"]:
            section["parts"] = [lead_on(part, links) for part in section["parts"]]
            section["line"] = lead_on(section["line"], links)
        company = shown_company(resources.get("segkit_company") or Company())
        resources["segkit"] = prepared | {
            "company": company,
            "links": links,
            "marks": resources.get("segkit_marks", ()),
        }
        return nb, resources


@dataclass
class _Draft:
    """The page while its cells are read."""

    earlier: Earlier | None = None
    sections: list[PageSection] = field(default_factory=lambda: [PageSection("", "")])
    blocks: list[Block] = field(default_factory=list)
    headed: list[tuple[str, Block]] = field(default_factory=list)
    """The blocks again, each with the heading that it stands under."""
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    """View → id and heading of the first section that shows it."""
    title: str = ""
    about: str = ""
    left_out: list[str] = field(default_factory=list)
    unchecked: bool = False
    at_head: str = ""
    """What the chart at the head shows; it is not drawn again below."""

    def add(self, html: str, figure: bool = False) -> None:
        self.sections[-1].parts.append((html, figure))

    def add_unchecked(self, html: str) -> None:
        """Add an analyst's own output, with the small print that says so."""
        self.unchecked = True
        self.add(f'<div class="own">{html}\n<p class="note">{MARK}.</p></div>')

    def add_prose(self, html: str) -> None:
        """Add text written by hand; nothing supports a number in it."""
        prose = f'<div class="prose">{html}</div>'
        if _has_number(html):
            self.add_unchecked(prose)
        else:
            self.add(prose)

    def open(self, heading: str, tags: frozenset[str] = frozenset()) -> None:
        used = {section.id for section in self.sections}
        base = slug(heading).replace("_", "-") or "section"
        found = base
        while found in used or found == "content":
            found = f"{base}-{len(used)}"
        self.sections.append(PageSection(found, heading, tags))


def _prepare(
    nb: NotebookNode,
    language: str,
    earlier: Earlier | None = None,
    notice: Block | None = None,
    links: PageLinks | None = None,
) -> dict[str, Any]:
    _refuse_failures(nb)
    draft = _Draft(earlier, at_head=_at_head(nb))
    if notice is not None:
        draft.blocks.append(notice)
        draft.add(notice.html)
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            _read_markdown(draft, str(cell.source), frozenset(cell.metadata.get("tags", ())))
        elif cell.cell_type == "code" and (outputs := cell.get("outputs", ())):
            place = cell_place(nb, index)
            for output in outputs:
                _read_output(draft, output, cell, place)
            draft.left_out += left_out([one for one in outputs if MIME not in one.get("data", {})], place)
    metrics = union(block.metrics for block in draft.blocks)
    for block in draft.blocks:
        block.verify(metrics)
    heads = [block for block in draft.blocks if block.kind == "header"]
    if len(heads) > 1:
        raise ReportError(f"the notebook makes {len(heads)} headlines; a page has one")
    reach: dict[str, Any] = {}
    series = ""
    header, headline, title = f"<header><h1>{escaping.escape(draft.title)}</h1></header>", "", draft.title
    if heads:
        fields = heads[0].fields
        banners = [*fields.get("banner", ()), *banner(draft.blocks, earlier)]
        leads_to = () if links is None else links.of_status()
        shown = {**fields, "anchors": draft.places, "banner": banners, "leads_to": leads_to}
        header, headline = draw("header", shown), fields["headline"].text
        if "series" in fields:
            series = draw("series", fields["series"])
        if "known" in fields:
            reach = {"known": fields["known"].text}
            reach |= {name: fields[name] for name in ("last_day", "next_due", "complete")}
        title = " · ".join(filter(None, (draft.title, fields["subject"].text, fields["as_of"].text)))
    return {
        "language": language,
        "title": title or "Report",
        "headline": headline,
        "css": stylesheet(),
        "header": header,
        "series": series,
        "lead": draft.sections[0].laid_out,
        "sections": [section.drawn() for section in draft.sections[1:] if section.parts],
        "brief": in_brief(draft.sections),
        "about": draft.about,
        "imprint": _imprint(draft.unchecked or any(block.fields.get(FIELD) for block in draft.blocks)),
        "metrics": dict(sorted(metrics.items())),
        "names": [name.text for block in draft.blocks for s in block.statements() for name in s.names],
        "left_out": draft.left_out,
        "definitions": definitions_of(draft.blocks),
        "reach": reach,
        "news": _news(draft.blocks),
        "said": said_of(draft.blocks),
        "summary": summary_of(draft.blocks, title or "Report", brief_lines(draft.sections)),
        "tables": tuple(table_files(draft.headed)),
    }


def _at_head(nb: NotebookNode) -> str:
    """Return what the chart at the head of the page shows, as a key; the cell that makes the head comes last."""
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            payload = output.get("data", {}).get(MIME)
            if payload and payload.get("kind") == "header":
                return str(payload.get("fields", {}).get("series", {}).get("shows", ""))
    return ""


def _news(blocks: list[Block]) -> bool | None:
    """Return whether the page has news, as its own gate of noise says of its head and its key figures."""
    told = [
        piece.variation
        for block in blocks
        if block.kind in ("header", "tiles")
        for statement in block.statements()
        for piece in statement.pieces
        if isinstance(piece, Direction)
    ]
    return "news" in told if told else None


def _has_number(html: str) -> bool:
    return any(character.isdigit() for character in escaping.unescape(_TAG.sub("", html)))


def _imprint(unchecked: bool) -> str:
    end = f", except where it says “{MARK}”." if unchecked else "."
    return f"Every number on this page was computed from the data named above{end}"


def _refuse_failures(nb: NotebookNode) -> None:
    for index, cell in enumerate(nb.cells):
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                raise RunError(
                    f"cell {number_of(nb, index)} of the notebook failed, so there is no page: "
                    f"{output.get('ename', 'error')}: {output.get('evalue', '')}"
                )


def _read_markdown(draft: _Draft, source: str, tags: frozenset[str]) -> None:
    """Open the sections at headings of the first two levels; the very first one is the notebook's title."""
    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    html = str(MarkdownWithMath(renderer=renderer).render(source)).strip()
    before, *rest = _HEADING.split(html)
    if before.strip():
        draft.add_prose(before.strip())
    for level, heading, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        words = escaping.unescape(_TAG.sub("", heading)).strip()
        if level == "1" and not draft.title:
            draft.title = words
            draft.about = text.strip()
            if _has_number(draft.about):
                draft.unchecked = True
                draft.about += f'\n<p class="note">{MARK}.</p>'
            continue
        draft.open(words, tags)
        if text.strip():
            draft.add_prose(text.strip())


def _read_output(draft: _Draft, output: NotebookNode, cell: NotebookNode, place: str) -> None:
    if output.output_type not in ("display_data", "execute_result"):
        return
    data = output.get("data", {})
    if MIME in data:
        block = Block.from_payload(data[MIME])
        with written_in(block.locale):
            differs = changed(block, draft.earlier)
        for one in (block, differs):
            if one is not None:
                draft.blocks.append(one)
                draft.headed.append((draft.sections[-1].heading, one))
                if one.kind != "header":
                    here = draft.sections[-1]
                    if not (one.kind == "figure" and draft.at_head and one.fields.get("shows") == draft.at_head):
                        draft.add(one.html, one.kind == "figure")
                        here.hear(one)
                    if one.source and here.id:
                        draft.places.setdefault(one.source, {"id": here.id, "heading": here.heading})
        return
    found = shown_html(output, cell, place, draft.sections[-1].heading)
    if found is not None:
        draft.add_unchecked(found)
