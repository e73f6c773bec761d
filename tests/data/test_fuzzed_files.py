"""Files that were damaged on their way: an exact balance of rows and money, or a sentence that says what and where.

Bytes are cut out, swapped, doubled and overwritten, columns moved within a row, encodings mixed. What comes of it is compared with
Python's own reading of the same bytes, which knows nothing of segkit.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from segkit.data import Dataset
from segkit.errors import DataError, SegkitError
from tests.data.conftest import Shop, table_quality

HEAD = "customer_id,time,amount,order_id,note"
_NOTES = ("", "Zoë", "naïve", "x" * 30, "a b")
PLAIN = re.compile(r"[+-]?\d{1,12}(\.\d{0,2})?")
"""An amount that nobody can read in two ways."""


def sales(chance: random.Random, rows: int = 60) -> list[list[str]]:
    return [
        [
            f"c{chance.randrange(12)}",
            f"2024-0{chance.randrange(1, 7)}-{chance.randrange(1, 29):02}",
            f"{chance.randrange(-500, 9000) / 100:.2f}",
            f"o{number}",
            chance.choice(_NOTES),
        ]
        for number in range(rows)
    ]


def written(rows: list[list[str]]) -> str:
    return "\n".join([HEAD, *(",".join(row) for row in rows)]) + "\n"


def _cut(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice((1, 2, 7, 40, 400)) :]


def _cut_short(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _doubled(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.choice((1, 5, 60))]
    return content[:start] + piece + content[start:]


def _swapped(content: bytes, chance: random.Random) -> bytes:
    one, other = sorted(chance.sample(range(len(content)), 2))
    found = bytearray(content)
    found[one], found[other] = found[other], found[one]
    return bytes(found)


def _overwritten(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 3))):
        found[chance.randrange(len(found))] = chance.choice(b'\x00\n\r,;"\xff\xe90-9.e_ ')
    return bytes(found)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _cut_short, _doubled, _swapped, _overwritten)


def damaged_text(chance: random.Random) -> bytes:
    """A CSV file with one damage."""
    rows = sales(chance)
    kind = chance.randrange(len(DAMAGES) + 3)
    if kind == len(DAMAGES):  # a row whose columns have moved
        row = chance.choice(rows)
        row.insert(0, row.pop())
    elif kind == len(DAMAGES) + 1:  # encodings mixed
        half = len(rows) // 2
        return written(rows[:half]).encode() + "".join(f"{','.join(row)}\n" for row in rows[half:]).encode("latin-1")
    elif kind == len(DAMAGES) + 2:  # a row twice, with another end
        rows.append([*chance.choice(rows)[:-1], "again"])
    content = written(rows).encode()
    return DAMAGES[kind](content, chance) if kind < len(DAMAGES) else content


def told_by_python(content: bytes) -> tuple[int, Decimal | None] | None:
    """Rows and money as Python reads them; None where it is no table of equally wide rows, no money where it is not plain."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if '"' in text or "\x00" in text or "\r" in text:
        return None
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if len(rows) < 2 or rows[0] != HEAD.split(",") or any(len(row) != 5 for row in rows):
        return None
    amounts = [row[2].strip() for row in rows[1:]]
    plain = all(PLAIN.fullmatch(amount) for amount in amounts)
    return len(rows) - 1, sum(map(Decimal, amounts), Decimal()) if plain else None


def balanced(dataset: Dataset) -> tuple[int, float]:
    quality = table_quality(dataset)
    aside = sum(line.money_set_aside or 0 for line in quality.lines)
    assert quality.money_in is not None
    assert quality.money_kept is not None
    assert round(quality.money_kept + aside, 2) == round(quality.money_in, 2)
    table, out = dataset.tables["transactions"], dataset.set_aside["transactions"]
    counts = [int(dataset.engine.collect(one.aggregate(n=one.count()))["n"].iloc[0]) for one in (table, out)]
    assert counts == [quality.rows_kept, quality.rows_in - quality.rows_kept]
    return quality.rows_in, quality.money_in


def said_well(error: SegkitError, name: str) -> None:
    said = str(error)
    assert isinstance(error, DataError), said
    assert name in said, said
    assert said.rstrip().endswith((".", "?", "`", ")")), said
    for word in ("Traceback", "Exception", "Error:", "duckdb", "read_csv", "strict_mode", "segkit_"):
        assert word not in said, said


def tried(shop: Shop, seed: int) -> str:
    """Damage a file by a seed, read it, and compare; the return says what came of it."""
    chance = random.Random(seed)
    content = damaged_text(chance)
    pack = chance.randrange(6)
    name, inside = "sales.csv", content
    if pack == 0:
        name, content = "sales.csv.gz", gzip.compress(content, mtime=0)
        if chance.random() < 0.5:
            content, inside = DAMAGES[chance.randrange(len(DAMAGES))](content, chance), b""
    elif pack == 1:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sales.csv", content)
        name, content = "sales.zip", packed.getvalue()
        if chance.random() < 0.5:
            content, inside = DAMAGES[chance.randrange(len(DAMAGES))](content, chance), b""
    elif pack == 2:
        lines = [json.dumps(dict(zip(HEAD.split(","), row, strict=True))) for row in sales(chance)]
        content = "\n".join(lines).encode()
        name, content, inside = "sales.jsonl", DAMAGES[chance.randrange(len(DAMAGES))](content, chance), b""
    try:
        found = balanced(shop.sales(content, name=name, exact_duplicates=chance.choice(("keep", "set_aside"))))
    except SegkitError as error:
        said_well(error, name)
        return "refused"
    plain = told_by_python(inside) if inside else None
    if plain is not None:
        rows, money = plain
        assert found[0] == rows
        assert money is None or round(found[1] * 100) == int(money * 100)
        return "the same as Python"
    return "balanced"


@pytest.mark.slow
def test_damaged_files_balance_or_are_refused_in_words(tmp_path: Path) -> None:
    came_of_it = [tried(Shop(tmp_path), seed) for seed in range(60)]
    assert {"refused", "the same as Python"} <= set(came_of_it)


@pytest.mark.soak
def test_ten_minutes_of_damaged_files(tmp_path: Path) -> None:
    end, seed, came_of_it = time.monotonic() + 600, 1_000, list[str]()
    while time.monotonic() < end:
        try:
            came_of_it.append(tried(Shop(tmp_path), seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        seed += 1
    assert {"refused", "the same as Python"} <= set(came_of_it)
