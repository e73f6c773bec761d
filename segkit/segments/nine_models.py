"""The nine models of segmentation: what each needs of the data, why a dataset lacks one, and the YAML lines to add
it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, get_args

from segkit.segments.kind_registry import read_segmentations
from segkit.segments.kinds.segmentation_kind import MarketingModel
from segkit.statistics.told import Quoted, Told

if TYPE_CHECKING:
    from segkit.customers import CustomerBase


@dataclass(frozen=True, slots=True)
class AbsentModel:
    """One of the nine models that no segmentation serves.

    Attributes:
        model: its name.
        reason: what is missing, in a sentence.
        table: the line under `tables` of the dataset file that would add the data; empty where the data are there.
        line: the line under `segmentations` that would add the model; empty where there is nothing to write.
    """

    model: str
    reason: str
    table: str
    line: str


@dataclass(frozen=True, slots=True)
class _Need:
    """The data that a model rests on: attributes recognised by a word in their names, a column of a table, or a table
    alone.
    """

    missing: str
    attributes: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    table: str
    line: str


_NEEDS: Final[Mapping[str, _Need]] = MappingProxyType(
    {
        "demographic": _Need(
            "Nothing is known of the persons: the table customers has no column such as age or income.",
            ("age", "birth", "gender", "sex", "income", "marital", "household", "kids", "children"),
            (),
            "customers: {path: …, attributes: [age]}",
            "age: {kind: attribute, column: age}",
        ),
        "geographic": _Need(
            "Nothing is known of places: the table customers has no column such as region or city, and purchases "
            "name no store.",
            ("country", "region", "city", "town", "postcode", "zip", "state"),
            (("transactions", "store"),),
            "customers: {path: …, attributes: [city]}",
            "city: {kind: attribute, column: city, model: geographic}",
        ),
        "psychographic": _Need(
            "Nobody was asked for attitudes: there is no table survey.",
            (),
            (("survey", "answer"),),
            "survey: {path: …}",
            "attitude: {kind: needs, model: psychographic, questions: […]}",
        ),
        "technographic": _Need(
            "Nothing is known of devices: the table customers has no column such as device type, and purchases name "
            "no channel.",
            ("device", "os", "app", "browser"),
            (("transactions", "channel"),),
            "customers: {path: …, attributes: [device_type]}",
            "device: {kind: attribute, column: device_type, model: technographic}",
        ),
        "firmographic": _Need(
            "Nothing is known of companies: the table customers has no column such as company size or industry.",
            ("company", "industry", "employees", "sector"),
            (),
            "customers: {path: …, attributes: [company_size]}",
            "company: {kind: attribute, column: company_size, model: firmographic}",
        ),
        "behavioural": _Need(
            "No purchases are known: there is no table transactions.",
            (),
            (("transactions", "amount"),),
            "transactions: {path: …}",
            "rfm: {kind: rfm}",
        ),
        "needs-based": _Need(
            "Nobody was asked for needs: there is no table survey. What customers buy says what they do, not what "
            "they need.",
            (),
            (("survey", "answer"),),
            "survey: {path: …}",
            "needs: {kind: needs}",
        ),
        "value-based": _Need("", (), (), "", "value: {kind: value}"),
        "lifecycle": _Need("", (), (), "", "lifecycle: {kind: lifecycle}"),
    }
)


_HISTORY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "value-based": (
            "Nothing is known of what customers bring: the list has no amount.",
            "customers: {attributes: {value: {column: …, kind: money}}}",
        ),
        "lifecycle": (
            "Nobody knows when customers came, bought or left: there is no history.",
            "transactions: {path: …}",
        ),
    }
)
"""What a list of customers lacks for a model, and the line that brings it."""


def absent_models(
    base: CustomerBase, served: Collection[str], tried: Collection[str] = ()
) -> tuple[AbsentModel, ...]:
    """Return those of the nine models that no segmentation of a page serves, each with the reason and the lines that
    add it.

    Args:
        base: the customers.
        served: models that have segments.
        tried: models of segmentations that are on the page, whether or not they found segments.
    """
    dataset = base.dataset
    kinds = read_segmentations(dataset.spec.segmentations, dataset.file, dataset.root)
    defined: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        defined.setdefault(kind.model or kind.model_name, []).append(name)
    columns = {name: tuple(table.columns) for name, table in dataset.tables.items()}
    found = []
    for model in get_args(MarketingModel):
        if model in served:
            continue
        if model in tried:
            found.append(AbsentModel(model, "Asked for, but the data show no segments that hold.", "", ""))
        elif model in defined:
            names = Quoted(", ".join(defined[model]))
            found.append(
                AbsentModel(model, Told.of("Defined ({names}), but not asked for on this page.", names=names), "", "")
            )
        else:
            found.append(missing_model(model, columns, tuple(dataset.attributes)))
    return tuple(found)


def missing_model(model: str, columns: Mapping[str, tuple[str, ...]], attributes: tuple[str, ...]) -> AbsentModel:
    """Explain why the dataset file defines no segmentation of a model: the data are missing, or only the line is.

    Args:
        model: one of the nine.
        columns: columns of each table that the dataset has.
        attributes: names of the attributes of customers.
    """
    need = _NEEDS[model]
    known = next((name for name in attributes if set(need.attributes) & set(name.casefold().split("_"))), None)
    if known is not None:
        line = f"{known}: {{kind: attribute, column: {known}, model: {model}}}"
        said = Told.of("The column {column} of the table customers is there, but not used.", column=Quoted(known))
        return AbsentModel(model, said, "", line)
    for table, column in need.columns:
        if column in columns.get(table, ()):
            line = need.line
            if table == "transactions" and column != "amount":
                line = f"{column}: {{kind: preferred, column: {column}, model: {model}}}"
            return AbsentModel(
                model, Told.of("The table {table} is there, but not used for it.", table=Quoted(table)), "", line
            )
    unknown = model in _HISTORY and not {"transactions", "subscriptions"} & set(columns)
    if unknown and (model != "value-based" or "value" not in attributes):
        return AbsentModel(model, *_HISTORY[model], need.line)
    if not need.missing:
        return AbsentModel(model, "The data are there, but no segmentation uses them.", "", need.line)
    return AbsentModel(model, need.missing, need.table, need.line)
