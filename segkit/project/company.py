"""params/project.yaml, typed: what is the company's and not a run's. Who owns the pages, how they look, who is told."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from segkit.data.locating import COMPANY
from segkit.data.specfile import describe_problems, read_specfile, shown
from segkit.errors import ParameterError
from segkit.page.locale import DEFAULT, known_locale
from segkit.page.palette import contrast

TEMPLATES: Final = Path("params") / "templates"
"""Where a company's own templates stand: page.html.j2, index.html.j2, email.html.j2 and so on."""
MOST_BYTES: Final = 20_000
"""Of a logo, which every page carries."""
READABLE: Final = 4.5
"""Contrast of text with its ground, by WCAG 2.2."""
LIGHT: Final = ("#ffffff", "#f4f6f8")
DARK: Final = ("#12171d", "#1a2129")
"""The grounds of a page, and of what is set off on it, in each scheme."""

_HEX_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_FONT: Final = re.compile(r"[A-Za-z][A-Za-z0-9 -]{0,39}")
_MAIL: Final = re.compile(r"[^@\s:]+@[^@\s:]+\.[^@\s:]+")
_KINDS: Final = {".svg": "image/svg+xml", ".png": "image/png"}


class Brand(BaseModel):
    """How the company's pages look."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=60, description="the company's name, at the head of every page")
    logo: str = Field(default="", description="an .svg or .png of at most 20 kB; its path starts from params/")
    colour: str = Field(default="", description="of links and rules, as #rrggbb; legible on white")
    colour_dark: str = Field(default="", description="the same for screens with a dark scheme; legible on black")
    fonts: tuple[str, ...] = Field(default=(), max_length=5, description="fonts of the reader's system, best first")
    footer: str = Field(default="", max_length=300, description="a line at the foot of every page")

    @field_validator("colour")
    @classmethod
    def _legible(cls, value: str) -> str:
        return _readable(value, LIGHT, "the white page")

    @field_validator("colour_dark")
    @classmethod
    def _legible_in_the_dark(cls, value: str) -> str:
        return _readable(value, DARK, "the dark page")

    @field_validator("fonts", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        found = [value] if isinstance(value, str) else value
        for one in found if isinstance(found, list | tuple) else ():
            if not isinstance(one, str) or not _FONT.fullmatch(one):
                raise ValueError(
                    f"`{str(one)[:60]}` is no name of a font: letters, digits, spaces and - only, such as Segoe UI"
                )
        return found


class CompanySpec(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = Field(default="", max_length=80, description="who answers for the pages")
    contact: str = Field(
        default="", max_length=200, description="an e-mail address, or a page that begins with https://"
    )
    site: str = Field(
        default="", description="where reports/ is served, for links in messages: https://reports.example.com"
    )
    locale: str = Field(default=DEFAULT, description="how numbers and dates are written, such as de_DE")
    brand: Brand = Field(default=Brand(), description="how pages look")
    recipients: dict[str, Any] = Field(
        default_factory=dict, description="who is told, where an entry of the schedule does not say so", repr=False
    )

    @field_validator("contact")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if value and not value.startswith("https://") and not _MAIL.fullmatch(value):
            raise ValueError("must be an e-mail address such as analytics@example.com, or begin with https://")
        return value

    @field_validator("site")
    @classmethod
    def _served(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https://, such as https://reports.example.com")
        return value.rstrip("/")

    @field_validator("locale")
    @classmethod
    def _known(cls, value: str) -> str:
        return known_locale(value)


@dataclass(frozen=True)
class Company:
    """What a project's pages have in common.

    Attributes:
        root: the project's folder, where the company's own templates stand; None where there is no project.
        said: what params/project.yaml says.
        logo: as a data URI, "" for none.
    """

    root: Path | None = None
    said: CompanySpec = field(default_factory=CompanySpec)
    logo: str = ""

    @property
    def href(self) -> str:
        """Where a click on the contact leads; "" for none."""
        contact = self.said.contact
        return f"mailto:{contact}" if contact and not contact.startswith("https://") else contact

    @property
    def style(self) -> str:
        """The rules of style that make a page the company's; they follow the page's own."""
        brand, rules = self.said.brand, []
        if brand.colour:
            rules.append(f":root{{{_variables(brand.colour)}}}")
            # without a colour of its own the dark scheme keeps segkit's
            dark = brand.colour_dark or "#8cc0f5"
            rules.append(f"@media (prefers-color-scheme:dark){{:root{{{_variables(dark)}}}}}")
            rules.append(f"@media print{{:root{{{_variables(brand.colour)}}}}}")
        elif brand.colour_dark:
            rules.append(f"@media (prefers-color-scheme:dark){{:root{{{_variables(brand.colour_dark)}}}}}")
        if brand.fonts:
            named = ",".join(f'"{one}"' for one in brand.fonts)
            rules.append(f'body{{font-family:{named},system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}}')
        return "\n".join(rules)

    @property
    def templates(self) -> Path | None:
        """The folder of the company's own templates, None where there is none."""
        folder = None if self.root is None else self.root / TEMPLATES
        return folder if folder is not None and folder.is_dir() else None

    def own_template(self, name: str) -> Path | None:
        """Return the company's own template of a name, None where it has none."""
        file = self.templates and self.templates / name
        return file if file and file.is_file() else None

    def digest(self) -> str:
        """Return a hash of all that a page shows of the company; "" where that is nothing."""
        shown_of = self.said.model_dump(exclude={"recipients", "site"})
        own = self.templates
        files = sorted(own.rglob("*.j2")) if own is not None else []
        if shown_of == CompanySpec().model_dump(exclude={"recipients", "site"}) and not files:
            return ""
        text = json.dumps([shown_of, self.logo, [[file.name, file.read_text("utf-8")] for file in files]])
        return hashlib.sha256(text.encode()).hexdigest()


def read_company(root: Path) -> Company:
    """Read what params/project.yaml says of pages; whom it tells is read where people are told.

    Raises:
        ParameterError: every mistake at once, with file and line.
    """
    path = root / COMPANY
    if not path.is_file():
        return Company(root)
    file = read_specfile(path, dates=False)
    try:
        said = CompanySpec.model_validate(file.data)
    except ValidationError as error:
        raise ParameterError(describe_problems(file, error.errors(), CompanySpec)) from None
    logo = ""
    if said.brand.logo:
        try:
            logo = _data_uri(root / "params" / said.brand.logo)
        except ParameterError as error:
            raise ParameterError(
                f"{file.where(('brand', 'logo'))}: `brand.logo: {said.brand.logo[:80]}` {error}"
            ) from None
    return Company(root, said, logo)


def _variables(colour: str) -> str:
    return f"--link:{colour};--focus:{colour};--brand:{colour}"


def _readable(value: str, grounds: tuple[str, ...], where: str) -> str:
    if not value:
        return value
    if not _HEX_COLOUR.fullmatch(value):
        raise ValueError("must be written #rrggbb in quotes, such as '#1c5a96'")
    worst = min(contrast(value, ground) for ground in grounds)
    if worst < READABLE:
        raise ValueError(
            f"`{value}` has a contrast of {worst:.1f} on {where}; text needs {READABLE}. "
            f"Write a {'darker' if grounds == LIGHT else 'lighter'} colour"
        )
    return value.lower()


def _data_uri(file: Path) -> str:
    kind = _KINDS.get(file.suffix.lower())
    if kind is None:
        raise ParameterError("is neither .svg nor .png. Write a file of one of these kinds.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ParameterError(
            f"cannot be read ({error.strerror}); the path starts from params/: {shown(file)}."
        ) from None
    if len(content) > MOST_BYTES:
        raise ParameterError(
            f"has {len(content):,} bytes, and every page carries it: write a file of at most {MOST_BYTES:,} bytes."
        )
    if not _is_picture(content, kind):
        raise ParameterError(f"is not a picture of the kind {file.suffix.lower()}. Save it as one.")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _is_picture(content: bytes, kind: str) -> bool:
    if kind == "image/png":
        return content.startswith(b"\x89PNG\r\n\x1a\n")
    try:
        return ET.fromstring(content).tag.rsplit("}", 1)[-1] == "svg"
    except ET.ParseError:
        return False


def shown_company(company: Company) -> Mapping[str, str]:
    """Return what a template shows of the company; every value is text, "" where there is none."""
    said = company.said
    return {
        "name": said.brand.name,
        "logo": company.logo,
        "owner": said.owner,
        "contact": said.contact.removeprefix("https://"),
        "href": company.href,
        "footer": said.brand.footer,
        "style": company.style,
    }
