"""The calendar of a company, as its dataset file states it: its country, and its own events. `country:` and `events:`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from segkit.data.freshness import by_column
from segkit.data.options import Options
from segkit.news.feasts import countries


class EventEntry(Options):
    """One event of the company's own, or where a list of them is."""

    name: str = Field(default="", max_length=60, description="what a reader calls it, such as price change")
    first: dt.date | None = Field(default=None, alias="from", description="its first day")
    last: dt.date | None = Field(default=None, alias="to", description="its last day; the first, if not given")
    closes: Annotated[dict[str, tuple[str, ...]], BeforeValidator(by_column)] = Field(
        default_factory=dict,
        description="column: values of it, such as `store: [17]`, that send nothing from that day on: no missing data, but "
        "news",
    )
    path: str = Field(default="", description="instead: a CSV file with the columns name, from and to")
    table: str = Field(default="", description="instead: a table of the connection with these columns")

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [key for key in ("name", "path", "table") if getattr(self, key)]
        if len(given) != 1:
            said = " and ".join(f"`{key}`" for key in given) or "none"
            raise ValueError(f"an event has a `name`, or a list of them a `path` or a `table`; there is {said}")
        if self.name and self.first is None:
            raise ValueError("an event needs `from`, its first day, such as 2017-12-24")
        if self.closes and not self.name:
            raise ValueError("only an event with a `name` says what it `closes`")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"`to: {self.last}` is before `from: {self.first}`")
        return self


def _known_country(code: str) -> str:
    plain = code.strip().upper()
    if plain not in countries():
        raise ValueError("must be the two letters of ISO 3166 of a country, such as US, DE or GB")
    return plain


Country = Annotated[str, AfterValidator(_known_country)]
"""ISO 3166 code of the country whose feasts and public holidays are looked at."""
Events = Annotated[
    tuple[EventEntry, ...], BeforeValidator(lambda found: [found] if isinstance(found, dict) else found)
]
"""The company's own events."""
