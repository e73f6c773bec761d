"""Results that show themselves: what a record can show hangs on the record.

`sizes.show.table()` gives the table that the page shows, `sizes.show.bars()` the chart; `dir(sizes.show)` lists what
there is. The functions are named in the wing's declaration and loaded on first use, so that a measure never imports
what draws it.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from textwrap import shorten, wrap
from typing import Any, Final

from segkit.page.block import SAID, Block
from segkit.page.notes import note
from segkit.wing import load, wing_of

_WIDTH: Final = 100
_LINES: Final = 2
"""Most lines and characters of a repr: one line says what the result is, further lines list its views."""


class Blocks(tuple[Block, ...]):
    """Several blocks, shown one after the other.

    >>> Blocks()
    no blocks
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{len(self)} block{'' if len(self) == 1 else 's'}" if self else "no blocks"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for block in self:
            display(block)  # type: ignore[no-untyped-call]


View = Callable[..., Block | Blocks | None]


class Show:
    """What a result can show, with one method per view."""

    def __init__(self, result: object, views: Mapping[str, str]) -> None:
        self._result = result
        self._views = views

    def __getattr__(self, name: str) -> View:
        if name.startswith("_") or name not in self._views:
            if name == "head":
                raise AttributeError(
                    f"{type(self._result).__name__} shows no head of its own; the head of a page is composed of all its "
                    "results: write sk.page.head(result, further results, decision=decision, actions=actions) in the "
                    "notebook's last cell."
                )
            near = difflib.get_close_matches(name, self._views, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise AttributeError(
                f"{type(self._result).__name__} shows no {name!r}.{hint} It shows: {', '.join(self._views)}."
            )
        return _bound(load(self._views[name]), self._result, name)

    def __dir__(self) -> Iterable[str]:
        return list(self._views)

    def __repr__(self) -> str:
        return "\n".join([f"{type(self._result).__name__} shows:", *_listed(self._views, "")])


def _bound(view: View, result: object, name: str) -> View:
    """Give the view the result as its first argument, and keep the docstring and the rest of the signature."""

    @wraps(view)
    def show(*arguments: Any, **options: Any) -> Block | Blocks | None:
        source = f"{type(result).__name__}.{name}"
        shown = _withheld(result, name) or view(result, *arguments, **options)
        if isinstance(shown, Blocks):
            return Blocks(replace(block, source=source) for block in shown)
        return replace(shown, source=source) if isinstance(shown, Block) else shown

    signature = inspect.signature(view)
    show.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=list(signature.parameters.values())[1:]
    )
    show.__name__ = name
    return show


def _withheld(result: object, name: str) -> Block | None:
    """Return what stands in place of advice where the data of the last period are not complete; None where it may stand."""
    coverage = getattr(result, "coverage", None)
    if coverage is None or coverage.complete:
        return None
    for base in type(result).__mro__:
        wing = wing_of(base.__module__)
        if wing is not None and f"{base.__name__}.{name}" in wing.advice:
            return note("Not shown: the data of the period are not complete, and no decision can rest on them.")
    return None


class Result:
    """Base of the records that measures return.

    A record is a frozen dataclass (`repr=False`) with a method `describe`, which says in one line what it holds.
    """

    __slots__ = ()

    def describe(self) -> str:
        """Describe in one line what the record holds."""
        raise NotImplementedError

    @property
    def show(self) -> Show:
        """What the record can show, as the page shows it."""
        return Show(self, _views(type(self)))

    def __repr__(self) -> str:
        said = [
            shorten(f"{type(self).__name__}: {self.describe()}", SAID, placeholder=" …"),
            *_listed(_views(type(self)), "show."),
        ]
        return "\n".join(said)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Return the first view, as Jupyter shows it; only text where that view has nothing to show."""
        for view in list(_views(type(self)))[:1]:
            block = getattr(self.show, view)()
            if isinstance(block, Block):
                return {**block._repr_mimebundle_(include, exclude), "text/plain": repr(self)}
        return {"text/plain": repr(self)}


def _listed(views: Iterable[str], before: str) -> list[str]:
    """List the views as one types them, in two lines at most, and how many are left over.

    >>> _listed(["table", "bars"], "show.")
    ['show.table(), show.bars()']
    >>> _listed([], "show.")
    []
    """
    named = [f"{before}{name}()" for name in views]
    for kept in range(len(named), 0, -1):
        rest = f", and {len(named) - kept} more: dir(….show)" if kept < len(named) else ""
        lines = wrap(", ".join(named[:kept]) + rest, _WIDTH, break_long_words=False)
        if len(lines) <= _LINES:
            return lines
    return []


def _views(record: type) -> Mapping[str, str]:
    """Return the views of a record, from the declaration of the wing that it belongs to."""
    for base in record.__mro__:
        wing = wing_of(base.__module__)
        if wing is not None and base.__name__ in wing.views:
            return wing.views[base.__name__]
    return {}


class Listed(Result, Sequence[Any]):
    """Base of the records that are lists of records, read by position or by key."""

    __slots__ = ()

    @property
    def _items(self) -> Sequence[Any]:
        raise NotImplementedError

    def __getitem__(self, at: Any) -> Any:
        return self._items[at]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


class Nothing(Result):
    """A result that has nothing to say: it is false, and each of its views shows nothing.

    >>> moves = Nothing("Moves need an earlier period.")
    >>> bool(moves), moves.show.table(), moves
    (False, None, Nothing: Moves need an earlier period.)
    """

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __bool__(self) -> bool:
        return False

    def describe(self) -> str:
        return self.why

    @property
    def show(self) -> Show:
        return _Empty(self, {})


class _Empty(Show):
    def __getattr__(self, name: str) -> View:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: None
