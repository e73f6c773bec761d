"""The description of a file: the dataset file that would read it, what is sure of it, its first rows, its sums by month."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import yaml

from segkit.data.csv_errors import explain_csv_error
from segkit.data.describing.draft import Draft
from segkit.data.describing.known import recipe_of
from segkit.data.describing.looks import LAST, look_at
from segkit.data.describing.roles import draft_of
from segkit.data.describing.written import format_of
from segkit.data.engine import Engine, EngineError
from segkit.data.formats.kinds import kind_of_file
from segkit.data.loading import Dataset, open_dataset
from segkit.data.remote_files import bring_files, is_remote
from segkit.data.sources import Source, find_files, open_files
from segkit.data.spec import DatasetSpec, TableSpec
from segkit.data.specfile import read_recipe, shown
from segkit.data.wording import listed, seen
from segkit.errors import DataError, ParameterError
from segkit.held import held_folder

_FIRST: int = 5
_COMPUTED = frozenset({"is_purchase", "spell_start", "spell_end", "uncertain", "begins", "undated"})
_MONEY = frozenset({"amount", "recurring_amount", "margin", "cost"})


@dataclass(frozen=True)
class Description:
    """What a look at a file gave.

    Attributes:
        text: the dataset file.
        sure: what is sure, in sentences.
        guessed: what is guessed and why.
        asked: what only a person knows.
        balance: rows and money as they would be read.
        rows: the first rows as they would be read, each a line.
        months: month, rows and money, each a line.
    """

    text: str
    sure: tuple[str, ...]
    guessed: tuple[str, ...]
    asked: tuple[str, ...]
    balance: tuple[str, ...]
    rows: tuple[str, ...]
    months: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the description as a person reads it."""
        parts = (
            ("The dataset file", self.text.splitlines()),
            ("Sure", self.sure),
            ("Guessed", self.guessed),
            ("You have to say", self.asked),
            ("Read with it", self.balance),
            ("First rows", self.rows),
            ("By month", self.months),
        )
        return [line for head, body in parts if body for line in (f"{head}:", *(f"  {one}" for one in body), "")]


def describe_file(
    path: Path | str, root: Path, currency: str = "", time_zone: str = "", part: str = ""
) -> Description:
    """Look at a file or folder, draft its dataset file, and read it with that.

    Args:
        path: the file, or a folder whose files are one table or those of a recipe; or an address of one.
        root: the project folder, from which the path is written if it lies below.
        currency: ISO 4217 code, if it is known.
        time_zone: IANA name, if it is known.
        part: of a workbook a sheet, of a database a table.

    Raises:
        DataError: it cannot be read, or no table of segkit can be made of it.
        ParameterError: currency or time zone are none.
    """
    settings = {"currency": currency or "EUR", "time_zone": time_zone or "UTC"}
    _ask(settings)
    if is_remote(address := str(path)):
        engine = Engine.connect("duckdb://")  # copies stay for as long as it lives
        files = bring_files(engine, address, {}, root)
        path, place = files[0], address
    else:
        path = Path(path)
        recipe = recipe_of(path, ()) if path.is_dir() else ""
        if recipe:
            return _described(path, root, _of_recipe(Draft(), recipe), {}, settings, currency, time_zone)
        place = str(path.resolve())
        files = find_files(TableSpec(path=place), root)
    table: dict[str, Any] = {"path": place, "format": format_of(files[0])}
    draft, columns = _looked_at(table, files, settings, part)
    if not draft.tables and "like" not in draft.keys:
        raise DataError(
            f"{shown(path)}: no dataset file can be drafted. It lacks days with amounts, contracts with their first and "
            f"last day, a status that says who has left, and a column to divide customers by. Its columns: "
            f"{listed(columns, 40)}. Write the dataset file by hand: docs/how-to/describe-your-data.md."
        )
    return _described(path, root, draft, table, settings, currency, time_zone)


def _ask(settings: dict[str, str]) -> None:
    try:
        DatasetSpec.model_validate(_empty(settings))
    except ValueError as error:
        said = str(error).splitlines()[2].strip().split(" [type=")[0].removeprefix("Value error, ")
        raise ParameterError(f"`--currency` or `--time-zone`: {said}") from None


def _empty(settings: dict[str, str]) -> dict[str, Any]:
    tables = {"transactions": {"path": "x"}}
    return {"title": "x", "relation": "non_contractual", **settings, "tables": tables}


def _looked_at(
    table: dict[str, Any], files: tuple[Path, ...], settings: dict[str, str], part: str
) -> tuple[Draft, list[str]]:
    """Return the draft for files, and their columns. The table's keys get what is needed to read them."""
    engine = Engine.connect("duckdb://")
    kind = kind_of_file(files[0])
    key = "sheet" if kind is not None and kind.name == "Excel" else "table"
    if part:
        table[key] = part
    draft = Draft()
    try:
        source = _opened(engine, table, files)
    except DataError as error:
        if key != "sheet" or part or "sheets" not in str(error):
            raise
        table["sheet"] = "all"
        source = _opened(engine, table, files)
        draft.guessed.append("All sheets of the workbook are one table, since they have the same columns.")
    recipe = recipe_of(files[0], source.columns)
    if recipe:
        draft = _of_recipe(draft, recipe)
        theirs = read_recipe(recipe).data["tables"].get("transactions", {}).get("columns", {}).get("currency")
        _take_currency(draft, engine, source, theirs)
        return draft, list(source.columns)
    spec = DatasetSpec.model_validate(_empty(settings))
    try:
        looks = look_at(engine, spec, TableSpec.model_validate(table).format, source)
    except EngineError as error:
        if not source.is_text:
            raise
        raise DataError(f"{explain_csv_error(error.told, source.files)}") from None
    found = draft_of(looks)
    _take_currency(found, engine, source, found.tables.get("transactions", {}).get("columns", {}).get("currency"))
    found.guessed[:0] = draft.guessed
    return found, list(source.columns)


def _take_currency(draft: Draft, engine: Engine, source: Source, theirs: str | None) -> None:
    """Take the most frequent currency of a column, and say so."""
    if theirs is None or theirs not in source.columns:
        return
    codes = source.table.select(code=cast(ir.StringValue, source.column(theirs).cast("string")).strip().upper())
    counts = codes.filter(codes.code.re_search("^[A-Z]{3}$")).group_by("code").aggregate(n=ibis._.count())
    found = [str(code) for code in engine.collect(counts.order_by(ibis.desc("n"), "code").limit(_FIRST))["code"]]
    if not found:
        return
    draft.keys["currency"] = found[0]
    if len(found) == 1:
        draft.sure.append(f"currency is {found[0]}: every row of `{seen(theirs)}` that names one has it.")
    else:
        draft.guessed.append(
            f"currency is {found[0]}, which most rows of `{seen(theirs)}` have. Rows in {listed(found[1:], 4)} are set "
            "aside until `rates` convert them."
        )


def _opened(engine: Engine, table: dict[str, Any], files: tuple[Path, ...]) -> Source:
    try:
        return open_files(engine, "transactions", TableSpec.model_validate(table), files, files[0].name)
    except DataError as error:
        raise DataError(str(error).removeprefix("table transactions: ")) from None


def _of_recipe(draft: Draft, recipe: str) -> Draft:
    draft.keys["like"] = recipe
    draft.sure.append(
        f"The files are such as {recipe} writes: the recipe `like: {recipe}` says what its columns mean."
    )
    said = read_recipe(recipe).data
    subscriptions = said["tables"].get("subscriptions", {})
    if subscriptions.get("shape") == "snapshot" and "as_of" not in subscriptions:
        draft.tables["subscriptions"] = {}
        draft.asked.append(
            "as_of: the day on which the snapshot was taken. The day on which the file was written stands there."
        )
    return draft


def _described(
    path: Path,
    root: Path,
    draft: Draft,
    table: dict[str, Any],
    settings: dict[str, str],
    currency: str,
    time_zone: str,
) -> Description:
    form = {**table.get("format", {}), **draft.format}
    currency = currency or draft.keys.pop("currency", "")
    settings = {**settings, "currency": currency or settings["currency"]}
    if "like" in draft.keys:
        said = read_recipe(draft.keys["like"]).data
        given = {"currency": currency, "time_zone": time_zone}
        settings = {key: value for key, value in settings.items() if key not in said or given[key]}
    _say(draft, form, settings, currency, time_zone)
    whole = table.get("path", str(path.resolve()))
    below = not is_remote(whole) and path.resolve().is_relative_to(root.resolve())
    place = str(path.resolve().relative_to(root.resolve())) if below else whole
    with held_folder(Path(tempfile.gettempdir()), "segkit-describe-") as folder:
        file = folder / "draft.yaml"
        written = _written(_data(draft, path, whole, table, form, settings))
        file.write_text(written, encoding="utf-8")
        try:
            dataset = open_dataset(file, LAST)
        except DataError as error:
            told = str(error).split("\n", 1)[-1].strip().removeprefix("1. ")
            raise DataError(f"{shown(path)}, read as\n\n{written}\n{told}") from None
    return Description(
        text=_written(_data(draft, path, place, table, form, settings), draft, _settled_by_a_line(dataset)),
        sure=tuple(draft.sure),
        guessed=tuple(draft.guessed),
        asked=tuple(draft.asked),
        balance=tuple(_balance(dataset)),
        rows=tuple(_first_rows(dataset)),
        months=tuple(_months(dataset)),
    )


def _say(draft: Draft, form: dict[str, Any], settings: dict[str, str], currency: str, time_zone: str) -> None:
    for key, looked_at in (("delimiter", "the file's first lines were"), ("encoding", "the whole file was")):
        if key in form:
            draft.sure.append(f"{key} is {form[key]!r}: {looked_at} looked at.")
    if form.get("header") is False:
        draft.guessed.append("There is no header, since the first line holds numbers; the columns are numbered.")
    if not currency and "currency" in settings:
        draft.asked.append(f"currency: {settings['currency']} stands there, which no file says surely; write yours.")
    if not time_zone and "time_zone" in settings:
        draft.asked.append(
            f"time_zone: {settings['time_zone']} stands there; write where your business is, such as Europe/Berlin."
        )


def _data(
    draft: Draft, path: Path, place: str, table: dict[str, Any], form: dict[str, Any], settings: dict[str, str]
) -> dict[str, Any]:
    """Return the dataset file as data.

    Args:
        draft: what was found.
        path: the file, which says when it was written.
        place: its path, or its address, as the dataset file writes it.
        table: the keys that are needed to read it.
        form: how it is written.
        settings: currency and time zone.
    """
    written = dt.date.fromtimestamp(path.stat().st_mtime)
    keys = {key: value for key, value in table.items() if key not in ("path", "format")}
    tables: dict[str, Any] = {}
    for name, one in draft.tables.items():
        like = "like" in draft.keys
        tables[name] = dict(one) if like else {"path": place, **keys, **({"format": form} if form else {}), **one}
        if name == "subscriptions" and (like or one.get("shape") == "snapshot"):
            tables[name]["as_of"] = written
    title = path.name.split(".")[0].replace("_", " ").replace("-", " ").strip().capitalize()
    if "like" in draft.keys:
        head = {"like": draft.keys["like"], "files": place, "title": title, **settings}
        return head | ({"tables": tables} if tables else {})
    more = {key: value for key, value in draft.keys.items() if key != "relation"}
    return {"title": title, "relation": draft.keys["relation"], **settings, "tables": tables, **more}


class _Dumper(yaml.SafeDumper):
    """Writes everything in full, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _settled_by_a_line(dataset: Dataset) -> list[str]:
    """Return the remarks of the check on the data, each with the line that settles it."""
    return [note for note in dataset.quality.notes if "write `" in note]


def _written(data: dict[str, Any], draft: Draft | None = None, told: Sequence[str] = ()) -> str:
    remarks = (
        [f"# guessed: {one}" for one in draft.guessed] + [f"# say: {one}" for one in draft.asked] if draft else []
    )
    remarks += [f"# told: {one}" for one in told]
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join([*remarks, text])


def _balance(dataset: Dataset) -> list[str]:
    lines = []
    for table in dataset.quality.tables:
        aside = "; ".join(f"{one.reason}: {one.set_aside:,}" for one in table.lines if one.set_aside)
        money = f", {table.money_kept:,.2f} {dataset.spec.currency}" if table.money_kept is not None else ""
        days = f", {table.first} to {table.last}" if table.first else ""
        said = f"{table.table}: {table.rows_in:,} rows, {table.rows_kept:,} kept{money}{days}"
        lines.append(f"{said}. Set aside: {aside}." if aside else f"{said}.")
    # nobody gave an as-of date, so what is said of it says nothing
    return [*lines, *(note for note in dataset.quality.notes if "the as-of date" not in note)]


def _first_rows(dataset: Dataset) -> list[str]:
    table = dataset.tables[next(iter(dataset.spec.tables))]
    columns = [name for name in table.columns if name not in _COMPUTED]
    frame = dataset.engine.collect(table.select(*columns).limit(_FIRST))
    unit = 10.0**dataset.spec.decimals
    lines = [" | ".join(columns)]
    for row in frame.to_dict("records"):
        cells = [f"{row[c] / unit:,.2f}" if c in _MONEY and row[c] == row[c] else _cell(row[c]) for c in columns]
        lines.append(" | ".join(cells))
    return lines


def _cell(value: Any) -> str:
    return "" if value is None or value != value else seen(str(value).removesuffix(" 00:00:00"), 30)


def _months(dataset: Dataset) -> list[str]:
    if "transactions" not in dataset.tables:
        return []
    rows = dataset.tables["transactions"]
    by_month = rows.mutate(month=cast(ir.DateValue, rows["day"]).truncate("M")).group_by("month")
    sums = by_month.aggregate(n=ibis._.count(), money=ibis._.amount.sum()).order_by("month")
    unit = 10.0**dataset.spec.decimals
    return [
        f"{row['month']:%Y-%m}  {int(row['n']):>10,} rows  {float(row['money']) / unit:>16,.2f}"
        for row in dataset.engine.collect(sums).to_dict("records")
    ]
