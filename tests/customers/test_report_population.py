"""A report about some customers: counted in plain SQL over the raw files, and its parts add up to the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.errors import DataError, ParameterError
from segkit.kpis.measure.key_figures import key_figures
from segkit.segments.measure.assign import segment
from segkit.segments.measure.moves import migration
from segkit.segments.measure.sizes import segment_sizes
from tests.worlds.drawn import company, shop
from tests.worlds.opened import World, day, opened
from tests.worlds.test_campaigns import contacted
from tests.worlds.test_segments import placed

CITIES = {"Bonn": "city = 'Bonn'", "Köln": "city = 'Köln'", "Ulm": "city = 'Ulm'", "nowhere": "city is null"}


def about(world: World, rule: str, smallest: int = 1) -> CustomerBase:
    """The world's customers with a rule."""
    return customer_base(
        world.base.dataset,
        period=world.drawn.period,
        periods=3,
        value_months=world.base.options.value_months,
        usage_days=30,
        smallest=smallest,
        population=rule,
    )


@pytest.fixture(scope="module", params=["shop", "company"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    drawn = shop(6, customers=40, reach=150) if request.param == "shop" else company(5, customers=40, reach=400)
    return opened(tmp_path_factory.mktemp("world"), drawn)


def test_parts_hold_what_plain_sql_counts_and_add_up_to_the_whole(world: World) -> None:
    by_city = "SELECT coalesce(nullif(city, ''), 'nowhere') AS city, c.* FROM ({}) AS c LEFT JOIN people USING (customer_id)"
    whole = segment_sizes(world.segmented("thirds"))
    sums: dict[object, int] = {}
    for city, rule in CITIES.items():
        base = about(world, rule)
        for end in base.ends:
            told = world.one(
                f"SELECT count(*), coalesce(sum(cents), 0)::BIGINT FROM ({by_city.format(placed(world, 'city', end))}) "
                f"WHERE city = '{city}'"
            )
            totals = segment(base, "thirds").totals(end)
            assert (totals["customers"].sum(), totals["value"].sum()) == told, (city, end)
            sums[end] = sums.get(end, 0) + int(totals["value"].sum())
        assert base.population is not None
        assert (base.population.customers, base.population.value) == (
            totals["customers"].sum(),
            totals["value"].sum(),
        )
        assert base.population.all_customers == whole.total_customers
        assert rule in base.dataset.spec.title
        assert any(rule in note for note in base.dataset.quality.notes)
    assert sums == {end: int(world.segmented("thirds").totals(end)["value"].sum()) for end in world.base.ends}


def test_a_segment_is_a_population(world: World) -> None:
    split = world.segmented("thirds")
    named = zip(split.segmentation.all_segments, split.totals(world.base.as_of).to_dict("records"), strict=True)
    for one, told in named:
        if not told["customers"]:
            with pytest.raises(DataError, match="holds for none"):
                about(world, f"thirds = '{one.name}'")
            continue
        base = about(world, f"thirds = '{one.name}'")
        assert base.population is not None
        assert (base.population.customers, base.population.value) == (told["customers"], told["value"])
        # other measures see the same customers
        assert migration(segment(base, "city")) is not None
        assert key_figures(base)


def test_who_was_written_to_and_never_bought_is_in_a_part(tmp_path: Path) -> None:
    drawn = contacted(shop(3, customers=40, reach=150))
    stranger = {**drawn.tables["contacts"][0], "customer_id": "stranger", "converted": ""}
    drawn.tables["contacts"].append(stranger)
    drawn.tables["customers"].append({"customer_id": "stranger", "city": "Bonn", "age": "40"})
    world = opened(tmp_path, drawn)

    def written_to(rule: str) -> list[str]:
        base = about(world, rule)
        return sorted(base.dataset.engine.collect(base.dataset.tables["contacts"].select("customer_id")).customer_id)

    everybody = sorted(who for (who,) in world.rows("SELECT DISTINCT customer_id FROM raw_contacts"))
    bonn, rest = written_to("city = 'Bonn'"), written_to("not coalesce(city = 'Bonn', false)")
    assert "stranger" in bonn
    assert sorted(bonn + rest) == everybody
    with pytest.raises(DataError, match="none"):  # a page is about customers
        about(world, "customer_id = 'stranger' and orders = 0")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("cty = 'Bonn'", "population.*names `cty`.*city"),
        ("city = 'Rom'", "holds for none of the 40 customers on"),
        ("city =", "population: the condition"),
        ("1 = 1; drop table x", "must be one condition"),
        ("revenue", "must be true or false of a customer"),
    ],
)
def test_what_is_no_population_is_refused(tmp_path: Path, rule: str, said: str) -> None:
    world = opened(tmp_path, shop(6, customers=40, reach=150))
    with pytest.raises((ParameterError, DataError), match=said):
        about(world, rule)


def test_a_population_of_single_customers_is_not_shown(tmp_path: Path) -> None:
    world = opened(tmp_path, shop(6, customers=40, reach=150))
    (who,) = world.one(f"SELECT min(customer_id) FROM tx WHERE day <= {day(world.base.as_of)}")
    with pytest.raises(DataError, match="holds for fewer than 5 of the 40 customers"):
        about(world, f"customer_id = '{who}'", smallest=5)


def test_it_is_an_option_of_open(tmp_path: Path) -> None:
    world = opened(tmp_path, shop(6, customers=40, reach=150))
    path = tmp_path / "params" / "datasets" / "world.yaml"
    assert open_dataset(path, world.base.as_of).name == "world"
    import segkit as sk

    base = sk.open(path, as_of=world.base.as_of, period=world.drawn.period, population=" city = 'Bonn' ")
    assert base.population is not None
    assert base.population.rule == "city = 'Bonn'"
