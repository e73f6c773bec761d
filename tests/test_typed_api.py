"""Public names are known to type checkers and to completion, although they load on first use."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest

import segkit as sk
from segkit.churn.options import ChurnOptions
from tests.kpis.views import sample

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (sk.segments, sk.kpis, sk.value, sk.churn, sk.campaigns)


@pytest.mark.slow
def test_a_type_checker_knows_every_measure() -> None:
    """`tox -e types` does the same."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "tests/typed_api.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", [sk, *PACKAGES], ids=lambda package: package.__name__)
def test_names_for_type_checkers_are_those_that_load(package: ModuleType) -> None:
    """Two lists in each package, one read by type checkers and one by Python."""
    source = Path(str(package.__file__)).read_text(encoding="utf-8")
    scope: dict[str, list[str]] = {}
    listed = source[source.index("__all__ = [") : source.index("\nelse:")]
    exec(inspect.cleandoc(listed), scope)  # noqa: S102  # a list of texts
    assert scope["__all__"] == package.__all__ == dir(package)
    before = source[: source.index("__all__ = [")]
    assert all(f" {name}" in before for name in package.__all__)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_measure_says_what_it_does_and_what_it_takes(package: ModuleType) -> None:
    for name in package.__all__:
        found = getattr(package, name)
        assert (found.__doc__ or "").strip(), name
        if inspect.isfunction(found):
            assert inspect.signature(found).parameters, name


def test_completion_lists_what_there_is() -> None:
    assert {"segments", "kpis", "value", "churn", "campaigns", "open"} <= set(dir(sk))
    assert dir(sk.churn) == ["outlook", "risk", "save_list"]
    assert {"table", "bars", "trend"} <= set(dir(sample.sizes().show))


def test_a_signature_lists_options_with_kinds_and_defaults() -> None:
    parameters = inspect.signature(sk.churn.risk).parameters
    assert [*parameters][1:] == [*ChurnOptions.model_fields]
    assert "options" not in parameters
    horizon, unit = parameters["horizon"], parameters["unit"]
    assert (horizon.kind, horizon.default, horizon.annotation) == (inspect.Parameter.KEYWORD_ONLY, 3, int)
    assert (unit.default, unit.annotation) == ("month", Literal["week", "month"])
    assert "horizon: how many weeks or months after the as-of date count" in (sk.churn.risk.__doc__ or "")


def test_a_view_has_the_signature_of_its_function_without_the_result() -> None:
    view = sample.migration().show.flows
    assert [*inspect.signature(view).parameters] == ["most"]
    assert view.__name__ == "flows"
    assert "largest moves" in (view.__doc__ or "")
