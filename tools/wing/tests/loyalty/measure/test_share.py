"""The share of regular customers, against customers counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.data.spec import load_spec
from segkit.errors import ParameterError
from segkit.loyalty.measure.share import share
from segkit.loyalty.options import Loyalty
from tests.customers.worlds import World
from tests.loyalty.shop import AS_OF, shop


def test_who_counts_as_regular(grocery: World) -> None:
    found = share(shop(grocery.base.dataset, [4] * 6 + [5] * 2 + [3] * 7 + [1] * 5))
    assert found.frame.to_dict("records") == [{"date": AS_OF, "customers": 20, "regular": 8, "share": 0.4}]


def test_nobody(grocery: World) -> None:
    frame = share(shop(grocery.base.dataset, [])).frame
    assert frame["customers"].tolist() == [0]
    assert frame["share"].isna().all()


@pytest.mark.parametrize("regular", [3, 17])
def test_a_small_group_and_what_would_give_it_away_are_not_shown(grocery: World, regular: int) -> None:
    frame = share(shop(grocery.base.dataset, [4] * regular + [1] * (20 - regular))).frame
    assert frame["customers"].tolist() == [20]
    assert frame[["regular", "share"]].isna().all(axis=None)


def test_the_dataset_file_says_who_is_regular(tmp_path: Path, root: Path) -> None:
    file = tmp_path / "grocery.yaml"
    text = (root / "params" / "datasets" / "grocery.yaml").read_text(encoding="utf-8")
    file.write_text(text + "\nloyalty: {least: 4}\n", encoding="utf-8")
    assert load_spec(file)[0].section("loyalty") == Loyalty(least=4)


def test_a_wrong_option_is_told() -> None:
    with pytest.raises(ParameterError, match="least: 0"):
        Loyalty.read({"least": 0})
