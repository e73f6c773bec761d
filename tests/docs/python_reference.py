"""Write docs/reference/python.md, the reference of all public names, from what the code declares.

python -m tests.docs.python_reference
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

import segkit as sk
from segkit.page.result import Result
from segkit.wing import Wing, load, sections, wings
from tests.data.reference_pages import key_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "python.md"
WINGS = ("segments", "kpis", "value", "churn", "campaigns")
HEAD = """\
# Python

<!-- Written by `python -m tests.docs.python_reference` from the code; a test holds it to that. -->

What a notebook can call. `import segkit as sk`; names stand by question, and completion lists them. A result shows itself
in Jupyter as its first view; the numbers behind it are its attributes (`sizes.frame`). Options are given by name. An option
that a call leaves out is taken from the [dataset file](dataset_file.md) where it has such a section, else it is as written
here.
"""


def page() -> str:
    """docs/reference/python.md, whole."""
    parts = [HEAD, *_function("sk.open", sk.open), *_views("CustomerBase", wings()["customers"], "base")]
    for name in WINGS:
        package, wing = getattr(sk, name), wings()[name]
        parts += [f"## sk.{name}", "", wing.question, ""]
        for public in package.__all__:
            parts += _name(f"sk.{name}.{public}", getattr(package, public))
        for record in wing.views:
            parts += _record(record, wing)
    parts += [
        "## sk.page",
        "",
        "What an analyst adds to a page, and what pages are made of.",
        "",
        *_table(sk.page, "sk.page"),
    ]
    parts += ["## Errors", "", "All of them are a `sk.SegkitError`.", "", *_table(sk, "sk", errors=True)]
    parts += ["## Numbers", "", *_name("sk.Metric", sk.Metric)]
    parts += ["## Sections of the dataset file", "", *_sections()]
    return "\n".join(parts).rstrip() + "\n"


def first_sentence(found: Any) -> str:
    """The first paragraph of a docstring, in one line."""
    text = inspect.cleandoc(found.__doc__ or "").split("\n\n")[0]
    return " ".join(text.split())


def _name(path: str, found: Any) -> list[str]:
    if inspect.isfunction(found):
        return _function(path, found)
    return [f"### `{path}`", "", first_sentence(found), ""]


def _function(path: str, found: Any) -> list[str]:
    signature = inspect.signature(found)
    shown = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    needed = [p for p in shown if p.default is inspect.Parameter.empty and p.kind is not p.VAR_KEYWORD]
    call = f"{path}({', '.join(p.name for p in needed)}{', …' if len(needed) < len(shown) else ''})"
    parts = [f"### `{call}`", "", first_sentence(found), ""]
    meanings = described(found)
    rows = [f"| `{p.name}` | {_default(p)} | {_escaped(meanings.get(p.name, ''))} |" for p in shown]
    parts += ["| argument | unless given | meaning |", "| --- | --- | --- |", *rows, ""]
    gives = _gives(signature.return_annotation)
    return [*parts, f"Gives: {gives}.", ""] if gives else parts


def described(found: Any) -> dict[str, str]:
    """What a docstring says of each argument and option."""
    said: dict[str, str] = {}
    inside, name = False, ""
    for line in inspect.cleandoc(found.__doc__ or "").splitlines():
        if re.fullmatch(r"(Args|Parameters|Options):", line):
            inside = True
        elif line and not line.startswith(" "):
            inside = False
        elif inside and (match := re.match(r"    (\w+): (.*)", line)):
            name = match[1]
            said[name] = match[2].strip()
        elif inside and line.strip():
            said[name] += f" {line.strip()}"
    return said


def _default(parameter: inspect.Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return ""
    if parameter.default is inspect.Parameter.empty:
        return "*needed*"
    if parameter.default in ((), {}, "", None):
        return ""
    if isinstance(parameter.default, BaseModel):
        return "as there"
    return f"`{parameter.default!r}`".replace("'", '"')


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _gives(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return " or ".join(f"`{name.strip()}`" for name in text.split("|")) if text and text != "_empty" else ""


def _record(name: str, wing: Wing) -> list[str]:
    return [f"### `{name}`", "", first_sentence(records()[name]), "", *_views(name, wing, "…")]


def records() -> dict[str, type[Result]]:
    """Every record that shows itself, by name."""
    for place in {view for wing in wings().values() for views in wing.views.values() for view in views.values()}:
        load(place)

    def below(base: type) -> Iterator[type[Result]]:
        for child in base.__subclasses__():
            yield child
            yield from below(child)

    return {found.__name__: found for found in below(Result)}


def _views(name: str, wing: Wing, before: str) -> list[str]:
    rows = []
    for view, place in wing.views[name].items():
        function = load(place)
        given = [*inspect.signature(function).parameters.values()][1:]
        takes = ", ".join(
            p.name if p.default is p.empty else f"{p.name}={p.default!r}".replace("'", '"') for p in given
        )
        rows.append(f"| `{before}.show.{view}({takes})` | {_escaped(first_sentence(function))} |")
    return ["| view | shows |", "| --- | --- |", *rows, ""]


def _table(package: ModuleType, path: str, *, errors: bool = False) -> list[str]:
    rows = []
    for name in package.__all__:
        found = getattr(package, name)
        is_error = isinstance(found, type) and issubclass(found, BaseException)
        if errors != is_error and (errors or package is sk):
            continue
        described_here = inspect.isfunction(found) or isinstance(found, type)
        rows.append(f"| `{path}.{name}` | {_escaped(first_sentence(found)) if described_here else f'`{found}`'} |")
    return ["| name | what it is |", "| --- | --- |", *rows, ""]


def _sections() -> list[str]:
    parts = []
    for name, reader in sections().items():
        declared = load(reader)
        alone = isinstance(declared, type)
        if get_args(declared)[:1] == (str,):
            parts += [f"### `{name}:`", "", "A text: [what it may be](dataset_file.md#country-and-events).", ""]
            continue
        model = declared if alone else _model(declared)
        listed = get_origin(get_args(declared)[0]) is tuple if get_args(declared) else False
        said = first_sentence(model)
        keys = "Its keys" if alone else "Of each in the list, its keys" if listed else "Under each name, its keys"
        parts += [f"### `{name}:`", "", f"{said} {keys}:", "", *key_table(model), ""]
        for field, info in model.model_fields.items():
            if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
                inner = info.annotation
                parts += [f"`{field}` in it: {first_sentence(inner)}", "", *key_table(inner), ""]
    return parts


def _model(annotation: Any) -> type[BaseModel]:
    """The model that an annotation speaks of, however deep."""
    waiting = [annotation]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
        waiting += get_args(part)
    raise TypeError(f"{annotation} speaks of no model")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
