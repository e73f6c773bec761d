"""Recipients of a schedule's entry: addresses of apprise, and when they want to be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from segkit.data.locating import COMPANY
from segkit.data.specfile import describe_problems, read_specfile
from segkit.errors import ParameterError

When = Literal["always", "news", "never"]
_EXAMPLES: Final = "such as mailtos://user:${PASSWORD}@example.com?to=ann@example.com or json://example.com/hook"


class Recipients(BaseModel):
    """The people who get messages about an entry's runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    readers: tuple[str, ...] | dict[str, tuple[str, ...]] = Field(
        default=(), description="addresses for pages; or part of the matrix: addresses", repr=False
    )
    owners: tuple[str, ...] = Field(
        default=(), description="addresses for failures, recoveries and late runs", repr=False
    )
    when: When = Field(default="always", description="what readers get: every page, only one with news, or nothing")
    attach: bool | Literal["pdf"] = Field(
        default=False, description="whether the page is attached; pdf for the page as PDF"
    )
    site: str = Field(default="", description="where reports/ is served, for links: https://reports.example.com")

    @field_validator("readers", "owners", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {str(part): [one] if isinstance(one, str) else one for part, one in value.items()}
        return [value] if isinstance(value, str) else value

    @field_validator("readers", "owners")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        for address in [one for some in value.values() for one in some] if isinstance(value, dict) else value:
            if "://" not in address:
                raise ValueError(f"an address is a URL of apprise, {_EXAMPLES}")
        return value

    @property
    def all_readers(self) -> list[str]:
        """Whoever reads any of its pages."""
        parts = self.readers.values() if isinstance(self.readers, dict) else [self.readers]
        return [address for part in parts for address in part]

    def readers_of(self, part: str) -> tuple[str, ...]:
        """Return who reads the pages of a part of the matrix."""
        return self.readers.get(part, ()) if isinstance(self.readers, dict) else self.readers

    def over(self, company: Recipients) -> Recipients:
        """Return these, and the company's where these do not say."""
        said = {name: getattr(company, name) for name in company.model_fields_set - self.model_fields_set}
        return self.model_copy(update=said)


class _OfCompany(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    recipients: Recipients = Field(default=Recipients(), description="who is told")
    site: str = Field(default="", description="where reports/ is served")


def company_recipients(root: Path) -> tuple[Recipients, frozenset[str]]:
    """Return whom params/project.yaml tells where a schedule's entry does not say so, and the secrets of addresses.

    Raises:
        ParameterError: every mistake at once, with file and line.
    """
    path = root / COMPANY
    if not path.is_file():
        return Recipients(), frozenset()
    file = read_specfile(path, environment=True, dates=False)
    try:
        said = _OfCompany.model_validate(file.data)
    except ValidationError as error:
        raise ParameterError(describe_problems(file, error.errors(), _OfCompany)) from None
    site = Recipients(site=said.site) if said.site else Recipients()
    return said.recipients.over(site), file.secrets
