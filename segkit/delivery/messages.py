"""What a message says: templates of jinja2, which a project may replace by its own in params/messages/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from segkit.errors import ParameterError

MessageKind = Literal["page", "failure", "recovery", "late", "stopped", "test"]


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
    kind: MessageKind, said: Mapping[str, Any], *, project: Path | None, attachment: Path | None = None
) -> Message:
    """Fill the template of a kind of message: its first line is the title, the rest the text.

    Args:
        kind: which one.
        said: what it may name.
        project: whose own templates count more than segkit's; None for segkit's.
        attachment: what goes with it.

    Raises:
        ParameterError: a template of the project cannot be filled.
    """
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    own = [FileSystemLoader(project / "params" / "messages")] if project is not None else []
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([*own, PackageLoader("segkit.delivery", "templates")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    try:
        text = environment.get_template(f"{kind}.txt.j2").render(**said)
    except Exception as error:  # noqa: BLE001 - a template may raise what it likes
        why = f"{type(error).__name__}: {str(error)[:300]}".rstrip(".")
        raise ParameterError(f"params/messages/{kind}.txt.j2: cannot be filled: {why}.") from None
    title, _, body = text.strip().partition("\n")
    return Message(" ".join(title.split()), body.strip() + "\n", attachment)
