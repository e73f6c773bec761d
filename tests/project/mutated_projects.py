"""Projects whose YAML files are changed at random: small ones made here, what ships, each recipe, and the docs' examples."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from segkit.data.specfile import recipe_names
from tests.data.exports import EXPORTS, Export
from tests.docs.test_how_to import code_blocks
from tests.docs.test_nine_models import write_tables
from tests.project.yaml_mutations import mutated

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "how-to"
SHIPPED = sorted(file for file in (ROOT / "params").glob("*/*.yaml") if file.parent.name != "datasets")

PEOPLE = """\
title: People
relation: list
currency: EUR
time_zone: UTC
smallest: 2
tables:
  customers:
    path: people.csv
    columns: {customer_id: id}
    attributes: {value: {column: spent, kind: money, label: spent}, city: {}, age: {kind: number}}
segmentations:
  city: {kind: attribute, column: city, model: geographic}
  age: {kind: bands, column: age, edges: [30, 50]}
  value: {kind: value}
  persona: {kind: rules, rules: [{name: Rich, when: value >= 500}, {name: Old, when: age > 60}]}
"""
SUBSCRIBERS = """\
title: Subscribers
relation: contractual
currency: EUR
time_zone: UTC
tables:
  subscriptions:
    path: people.csv
    shape: snapshot
    as_of: 2024-03-31
    ended_when: ["yes"]
    columns: {customer_id: id, status: left, plan: city, recurring_amount: spent}
  customers: {path: people.csv, columns: {customer_id: id}, attributes: {age: {kind: number}}}
segmentations: {plan: {kind: attribute, column: plan}, age: {kind: bands, column: age, edges: [30, 50]}}
churn: {models: [logistic]}
"""
ORDERS = """\
title: Orders
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
country: DE
smallest: 2
ids: any_case
returns: {cancellation_prefix: C}
tolerate: 0.05
rates: {USD: 0.9}
tables:
  transactions:
    path: orders.csv
    format: {delimiter: ",", date_format: "%Y-%m-%d", decimal: "."}
    columns: {customer_id: id, time: day, amount: total, order_id: order, channel: money, currency: money, refund: back}
    guests: Email
    last_of: order
    later_by: version
    leave_out: {state: [voided]}
    where: state != 'test'
    exact_duplicates: set_aside
    attributes: {city: {label: City}}
segmentations:
  lifecycle: {kind: lifecycle, new_days: 30, lapsed_days: 60}
  rfm: {kind: rfm}
  city: {kind: attribute, column: city, most: 3}
  value: {kind: value, groups: 4}
  joined: {kind: cohort, by: month}
  orders: {kind: bands, column: orders, quantiles: 3}
churn: {horizon: 4, unit: week, involuntary: [], save_rate: 0.25, contact_cost: 5}
key_figures:
  dollars: {share: "channel = 'USD'", count: order_id, of: transactions, label: Share of orders in dollars, better: up}
  small_sales: {sum: amount, of: transactions, where: amount < 10, better: down}
  revenue_per_visit: {ratio: [period_revenue, period_orders], of: customers}
freshness:
  transactions: {incomplete: warn, warn_after: 3 days, error_after: 60 days}
events:
  - {name: Storm, from: 2024-02-05, to: 2024-02-07}
"""
SMALL_VALUES: Mapping[str, Mapping[str, Any]] = {
    "weekly_segments": {
        "period": "month",
        "periods": 2,
        "decision": "none",
        "actions": [{"action": "call", "owner": "me", "due": "2024-05-01", "effect": "some"}],
    },
    "segment_profile": {"columns": ["age"]},
    "churn_risk": {},
    "customer_value": {},
}


@dataclass(frozen=True)
class Project:
    """Two YAML files that go together, and what they read.

    Attributes:
        name: of the dataset.
        report: the notebook's name.
        spec: the dataset file.
        params: the parameter file.
        prepare: writes the data into a folder.
    """

    name: str
    report: str
    spec: Any
    params: Any
    prepare: Callable[[Path], None]

    def __str__(self) -> str:
        """report-dataset."""
        return f"{self.report}-{self.name}"

    def written(self, root: Path, draw: random.Random | None) -> Path:
        """Write both files, one or two changes made in one of them where there is a draw; the return is the parameter file."""
        spec, params, did = self.spec, self.params, []
        if draw is not None:
            many, of_spec = draw.choice((1, 1, 1, 2)), draw.random() < 0.7
            for _ in range(many):
                changed, what = mutated(spec if of_spec else params, draw)
                spec, params = (changed, params) if of_spec else (spec, changed)
                did.append(what)
        return self._write(root, spec, params, did)

    def _write(self, root: Path, spec: Any, params: Any, did: list[str]) -> Path:
        datasets = root / "params" / "datasets"
        datasets.mkdir(parents=True, exist_ok=True)
        (datasets / f"{self.name}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
        file = root / "params" / self.report / "one.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# {did}\n" + yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
        return file


def _people(folder: Path) -> None:
    draw = random.Random(1)
    rows = [
        f"P{i},{draw.randint(1, 900)}.50,{draw.choice(['Oslo', 'Rome', 'Graz'])},{draw.randint(18, 80)},"
        f"{'yes' if draw.random() < 0.3 else 'no'}"
        for i in range(240)
    ]
    (folder / "people.csv").write_text("id,spent,city,age,left\n" + "\n".join(rows) + "\n")


def _orders(folder: Path) -> None:
    draw = random.Random(2)
    rows = []
    for order in range(600):
        who, day = draw.randint(1, 90), f"2024-{draw.randint(1, 3):02}-{draw.randint(1, 28):02}"
        city, state = ("Oslo", "Rome", "Graz", "Bern")[who % 4], draw.choice(("paid", "paid", "paid", "voided"))
        total, back = draw.randint(100, 9000) / 100, draw.choice(("", "", "", "1.00"))
        money = draw.choice(("EUR", "EUR", "EUR", "USD"))
        mail = f"p{who}@example.com"
        rows.append(f"{f'c{who}' if who % 9 else ''},{mail},{day},{total},{order},{money},{back},{state},{city},1")
    rows += [row.rsplit(",", 1)[0] + ",2" for row in rows[:20]]
    (folder / "orders.csv").write_text(
        "id,Email,day,total,order,money,back,state,city,version\n" + "\n".join(rows) + "\n"
    )


def _nothing(folder: Path) -> None:
    """Bundled data need no file."""


def small_projects() -> list[Project]:
    """A list of customers, a snapshot and an order export, and every report that each allows."""
    found = []
    for name, text, split, prepare, reports in (
        ("people", PEOPLE, "city", _people, ("weekly_segments", "segment_profile")),
        ("subscribers", SUBSCRIBERS, "plan", _people, ("weekly_segments", "segment_profile", "churn_risk")),
        ("orders", ORDERS, "value", _orders, tuple(SMALL_VALUES)),
    ):
        for report in reports:
            params = {"dataset": name, "as_of": "2024-03-31", "segmentation": split, **SMALL_VALUES[report]}
            if report == "weekly_segments":
                known = {"people": "customers", "subscribers": "under_contract", "orders": "active_customers"}
                params["shown_figures"] = [known[name]]
            if report == "customer_value":
                del params["segmentation"]
            if report == "segment_profile":
                crossed = "age" if name != "orders" else "lifecycle"
                params |= {"crossed_segmentation": crossed, "segmentations": [crossed], "columns": ["age"]}
                if name == "orders":
                    params["columns"] = ["orders"]
            found.append(Project(name, report, yaml.safe_load(text), params, prepare))
    return found


def recipe_projects() -> list[Project]:
    """Each recipe as if it were written out by hand, and the four lines that take it."""
    found = []
    for export in EXPORTS:
        text = (ROOT / "segkit" / "data" / "recipes" / f"{export.recipe}.yaml").read_text(encoding="utf-8")
        whole = yaml.safe_load(text.replace("FILES", export.place)) | dict(export.settings)
        if "tables" in export.settings:
            whole["tables"] = {
                table: (yaml.safe_load(text.replace("FILES", export.place))["tables"].get(table) or {}) | (more or {})
                for table, more in whole["tables"].items()
            }
        taken = {"like": export.recipe, "files": export.place, **export.settings}
        params = {"dataset": export.recipe, "as_of": export.as_of, "period": "month", "periods": 2, "smallest": 1}
        found += [
            Project(export.recipe, "weekly_segments", spec, params, partial(_exported, export))
            for spec in (whole, taken)
        ]
    assert {project.name for project in found} == set(recipe_names())
    return found


def _exported(export: Export, folder: Path) -> None:
    export.write(folder)


def shipped_projects(customers: int = 1500) -> list[Project]:
    """The runs that ship; the simulated company with few customers."""
    found = []
    for file in SHIPPED:
        spec = yaml.safe_load((ROOT / "params" / "datasets" / file.name).read_text(encoding="utf-8"))
        if spec["bundled"]["name"] == "telecom":
            spec["bundled"]["options"]["customers"] = customers
        found.append(Project(file.stem, file.parent.name, spec, yaml.safe_load(file.read_text()), _nothing))
    return found


def documented_projects() -> list[Project]:
    """The whole examples of the docs."""
    dataset, params = map(yaml.safe_load, code_blocks(DOCS / "segment-by-all-nine-models.md", "yaml"))
    found = [Project("shop", "segment_profile", dataset, params, write_tables)]
    values = {"dataset": "shop", "as_of": params["as_of"], "segmentation": "place"}
    found += [Project("shop", report, dataset, values, write_tables) for report in ("weekly_segments", "churn_risk")]
    return found


def prepared(root: Path, projects: list[Project]) -> None:
    """Write the data of projects into a folder, and the notebooks."""
    if not (root / "notebooks").is_dir():
        shutil.copytree(ROOT / "notebooks", root / "notebooks")
    for project in projects:
        project.prepare(root)
