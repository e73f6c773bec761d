"""What a message says: templates of jinja2, which a project may replace by its own in params/messages/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from segkit.errors import ParameterError

MessageKind = Literal["page", "failure", "recovery", "late", "test"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message.

    Attributes:
        title: of one line.
        body: its text.
        attachment: a file that goes with it.
        html: what mail gets in place of the text, "" for the text.
        pictures: files that the HTML shows, each by its name.
    """

    title: str
    body: str
    attachment: Path | None = None
    html: str = ""
    pictures: tuple[Path, ...] = ()


def write_message(
    kind: MessageKind, said: Mapping[str, Any], *, project: Path, attachment: Path | None = None
) -> Message:
    """Fill the template of a kind of message: its first line is the title, the rest the text.

    Raises:
        ParameterError: a template of the project cannot be filled.
    """
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    own = project / "params" / "messages"
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(own), PackageLoader("segkit.delivery", "templates")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    try:
        text = environment.get_template(f"{kind}.txt.j2").render(**said)
    except TemplateError as error:
        raise ParameterError(f"params/messages/{kind}.txt.j2: cannot be filled: {error}.") from None
    title, _, body = text.strip().partition("\n")
    return Message(" ".join(title.split()), body.strip() + "\n", attachment)
