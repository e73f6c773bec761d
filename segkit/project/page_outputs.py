"""The page in other forms, from the same values: an e-mail, its plain text, and a few lines for a chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from segkit.errors import ParameterError
from segkit.project.company import Company, shown_company
from segkit.project.company_templates import company_templates, told_template
from segkit.project.page_summary import PageSummary
from segkit.project.publishing import REPORT
from segkit.project.trend_picture import trend_png

EMAIL: Final = "email.html"
EMAIL_TEXT: Final = "email.txt"
CHAT: Final = "chat.txt"
TREND: Final = "trend.png"
FORMS: Final = {EMAIL: "email.html.j2", EMAIL_TEXT: "email.txt.j2", CHAT: "chat.txt.j2"}
"""Each form's file and its template, which a company may override in params/templates."""


def forms_of(
    summary: PageSummary, company: Company, name: str, date: str, marks: Sequence[str], link: str = ""
) -> dict[str, bytes]:
    """Return the files of the other forms by name.

    Args:
        summary: the page in brief.
        company: whose page it is.
        name: of the run.
        date: of the page.
        marks: why it was corrected, sentence by sentence.
        link: where readers find it; "" for its place at the company's site, where there is one.

    Raises:
        ParameterError: a template of the company's cannot be filled.
    """
    found: dict[str, bytes] = {}
    trend = summary.tiles[0].trend if summary.tiles else ""
    if trend:
        found[TREND] = trend_png(trend)
    site = company.said.site
    address = f"{quote(name)}/{date}/{REPORT}"
    given = {
        "page": summary,
        "marks": tuple(marks),
        "picture": TREND if trend else "",
        "link": link or (f"{site}/{address}" if site else ""),
        "place": f"reports/{name}/{date}/{REPORT}",
    }
    for file, template in FORMS.items():
        found[file] = _filled(template, company, given).encode()
    return found


def _filled(template: str, company: Company, given: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        text = (
            company_templates(company, "messages")
            .get_template(template)
            .render(**given, company=shown_company(company))
        )
    except TemplateError as error:
        if (file := company.own_template(template)) is None:
            raise
        raise ParameterError(told_template(file, error)) from None
    return text.strip() + "\n"
