"""Options of a measure: declared once as a pydantic model, checked alike in YAML, on a command line and in a call.

A measure is written as a function of its subject and of its options, and called with the options by name:

    @takes(ChurnOptions)
    def risk(split: SegmentedBase, options: ChurnOptions) -> ChurnRisk: ...

    risk(split, horizon=4, unit="week")
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from segkit.data.specfile.findings import fields_beside, rule
from segkit.data.specfile.wording import ended, suggestion
from segkit.errors import ParameterError

_Given = TypeVar("_Given", bound="Options")
_Result = TypeVar("_Result")


class Options(BaseModel):
    """Base of all options: unknown names are refused, texts of numbers are read, truth values are no numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _as_people_write(cls, value: Any) -> Any:
        """Make a list of one from a single text, and refuse a truth value as a number."""
        if not isinstance(value, Mapping):
            return value
        found = dict(value)
        for name, field in cls.model_fields.items():
            given = found.get(name)
            if isinstance(given, bool) and field.annotation in (int, float, int | None, float | None):
                raise ValueError(f"{name}: {str(given).lower()} is no number")
            if isinstance(given, str) and given and typing.get_origin(field.annotation) is tuple:
                found[name] = (given,)
        return found

    @classmethod
    def read(cls, given: Mapping[str, Any], where: str = "") -> Self:
        """Return the options that were given; those left out keep their defaults.

        Args:
            given: option → value.
            where: what stands before each finding, such as the measure's name.

        Raises:
            ParameterError: every mistake at once: the name, the value seen, the rule.
        """
        try:
            return cls.model_validate(dict(given))
        except ValidationError as error:
            found = dict.fromkeys(_finding(cls, problem) for problem in error.errors())
            raise ParameterError("\n".join(f"{where}: {said}" if where else said for said in found)) from None


def _finding(model: type[Options], problem: Mapping[str, Any]) -> str:
    location = [str(part) for part in problem["loc"]]
    name = ".".join(location)
    if problem["type"] == "extra_forbidden":
        return f"`{name}` is not known.{suggestion(location[-1], fields_beside(model, location))}"
    said = ended(rule(problem))
    return f"`{name}: {str(problem.get('input'))[:60]}` {said}" if location else said


def takes(
    model: type[_Given], where: str = "", defaults: Callable[..., Mapping[str, Any]] | None = None
) -> Callable[[Callable[..., _Result]], Callable[..., _Result]]:
    """Make a function whose last parameter is `options` callable with the options by name.

    The signature and the docstring of what comes out list every option with its kind, default and meaning.

    Args:
        model: the options.
        where: what stands before a finding; the function's name if empty.
        defaults: asked with the function's other arguments for what a call leaves out, before the model's own
            defaults are taken: a section of the dataset file.
    """

    def decorate(measure: Callable[..., _Result]) -> Callable[..., _Result]:
        said = where or measure.__name__
        own = [p for name, p in inspect.signature(measure).parameters.items() if name != "options"]
        names = {parameter.name for parameter in own}

        @wraps(measure)
        def call(*arguments: Any, **given: Any) -> _Result:
            others = {name: value for name, value in given.items() if name in names}
            options = {name: value for name, value in given.items() if name not in names}
            before = defaults(*arguments, **others) if defaults is not None else {}
            return measure(*arguments, **others, options=model.read({**before, **options}, said))

        hints = typing.get_type_hints(model)
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints.get(name))
            for name, default in ((name, _default(field)) for name, field in model.model_fields.items())
        ]
        call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*own, *added], return_annotation=inspect.signature(measure).return_annotation
        )
        listed = "\n".join(f"    {option}: {field.description}" for option, field in model.model_fields.items())
        call.__doc__ = f"{inspect.cleandoc(measure.__doc__ or '')}\n\nOptions:\n{listed}"
        return call

    return decorate


def _default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True, validated_data={})
