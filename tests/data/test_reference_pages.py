"""The reference pages say what the code does, and the how-to page's files are read as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from segkit.errors import DataError
from tests.data.conftest import Shop, line, table_quality
from tests.data.reference_pages import DOCS, filled, tables_page

HOW_TO = DOCS.parent / "how-to" / "describe-your-data.md"


def test_the_tables_page_is_the_schema() -> None:
    assert (DOCS / "tables.md").read_text(encoding="utf-8") == tables_page(), (
        "run: python -m tests.data.reference_pages"
    )


def test_the_keys_on_the_dataset_page_are_the_models() -> None:
    page = (DOCS / "dataset_file.md").read_text(encoding="utf-8")
    assert page == filled(page), "run: python -m tests.data.reference_pages"
    assert page.count("<!-- keys: ") == page.count("<!-- end -->") == 12


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)


def test_the_how_to_s_first_file_is_read_as_it_says(shop: Shop, rows: Any) -> None:
    shop.write("data/orders.csv", blocks("text")[0])
    from segkit.data import open_dataset

    text = blocks("yaml")[0]
    dataset = open_dataset(shop.write("params/datasets/shop.yaml", text), "2024-06-30")
    assert dataset.root == Path(shop.folder)
    assert [row["amount"] for row in rows(dataset)] == [123_450, 1200, -123_450]
    assert [str(row["day"])[:10] for row in rows(dataset)] == ["2023-12-24", "2023-12-27", "2024-01-02"]
    assert line(dataset, "return or cancellation").found == 1
    assert table_quality(dataset).source == "orders.csv"

    bare = re.sub(r" +format: .*\n", "", text)
    with pytest.raises(DataError) as error:
        open_dataset(shop.write("params/datasets/shop.yaml", bare), "2024-06-30")
    assert " ".join(blocks("text")[1].split()) in " ".join(str(error.value).split())
