"""Small changes to the code that counts, each of which some test must notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change that makes a figure wrong.

    Attributes:
        name: what goes wrong.
        file: in the package.
        old, new: of its text; the old stands there once.
        tests: those that must fail.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


_ENDS: Final = "tests/worlds/test_one_end.py"
_EXACTLY: Final = "tests/worlds/test_exactly_met.py"
_FIGURES: Final = "tests/worlds/test_key_figures.py"
_SPELLS: Final = "tests/data/test_spells.py"

MUTATIONS: Final = (
    Mutation(
        "an end that is followed on the gap's last day is an end",
        "data/spells.py",
        'near = pairs.filter(pairs.then.delta(pairs.end, unit="day") <= gap)',
        'near = pairs.filter(pairs.then.delta(pairs.end, unit="day") < gap)',
        (f"{_ENDS}::test_a_contract_that_is_followed_runs_in_the_gap",),
    ),
    Mutation(
        "a contract on the gap's last day begins a new time under contract",
        "data/spells.py",
        'lagged.start.delta(lagged.so_far, unit="day") > gap)',
        'lagged.start.delta(lagged.so_far, unit="day") >= gap)',
        (f"{_ENDS}::test_the_churn_page_counts_who_was_there",),
    ),
    Mutation(
        "an end as old as the gap is in doubt",
        "data/spells.py",
        'delta(joined.last, unit="day") < (gap if doubtful else 0)',
        'delta(joined.last, unit="day") <= (gap if doubtful else 0)',
        (_FIGURES,),
    ),
    Mutation(
        "two contracts that begin on one day are two times under contract",
        "data/spells.py",
        ' and not int(facts["alike"])',
        "",
        (f"{_ENDS}::test_two_that_begin_on_one_day_are_one_time_under_contract",),
    ),
    Mutation(
        "who ends on the last day has not left",
        "data/spells.py",
        "rows.spell_end.between(ibis.date(first), ibis.date(last))",
        "((rows.spell_end >= ibis.date(first)) & (rows.spell_end < ibis.date(last)))",
        (f"{_EXACTLY}::test_an_end_on_the_last_day_of_a_period_is_in_it",),
    ),
    Mutation(
        "a contract runs no more on its last day",
        "data/spells.py",
        "(rows.end > ibis.date(day))))\n    doubtful",
        "(rows.end >= ibis.date(day))))\n    doubtful",
        (f"{_EXACTLY}::test_an_end_on_the_last_day_of_a_period_is_in_it",),
    ),
    Mutation(
        "who left and came back has stayed",
        "kpis/measure/figure_histories.py",
        "left = rows.filter(rows.spell_end.notnull())",
        "left = rows.mutate(there=rows.spell_end.isnull().any().over(ibis.window(group_by=rows.customer_id)))\n"
        "    left = left.filter(~left.there)",
        (f"{_ENDS}::test_the_key_figure_and_its_history_count_everybody",),
    ),
    Mutation(
        "who left twice in a period counts twice",
        "kpis/measure/figure_histories.py",
        'group_by("customer_id", period_left=placed(left.spell_end, spans))',
        'group_by("customer_id", period_left=left.spell_end)',
        (f"{_ENDS}::test_the_key_figure_and_its_history_count_everybody",),
    ),
    Mutation(
        "a contract that ended on the day still runs",
        "customers/table.py",
        "ended = (seen.end <= end).fill_null(False)",
        "ended = (seen.end < end).fill_null(False)",
        (_FIGURES, f"{_EXACTLY}::test_an_end_on_the_last_day_of_a_period_is_in_it"),
    ),
    Mutation(
        "purchases of the last day do not count",
        "customers/table.py",
        "days = days.filter(days.day <= ibis.date(as_of))",
        "days = days.filter(days.day < ibis.date(as_of))",
        (_FIGURES,),
    ),
    Mutation(
        "the day before the window counts as value",
        "customers/table.py",
        "return months_before(as_of, self.value_months) + dt.timedelta(days=1)",
        "return months_before(as_of, self.value_months)",
        ("tests/worlds/test_segments.py", "tests/worlds/test_value.py"),
    ),
    Mutation(
        "the first day of a period does not count",
        "customers/table.py",
        "in_period = days.day >= start",
        "in_period = days.day > start",
        (_FIGURES,),
    ),
    Mutation(
        "a return counts as an order",
        "data/transactions.py",
        "    purchase = ~returned\n",
        "    purchase = ~returned | (given < 0)\n",
        (_FIGURES,),
    ),
    Mutation(
        "a cancelled order adds revenue",
        "data/transactions.py",
        "returned.ifelse(-given.abs(), given)",
        "given",
        (_FIGURES,),
    ),
    Mutation(
        "a purchase of nothing is an order",
        "data/transactions.py",
        "_sure(given > 0)",
        "_sure(given >= 0)",
        ("tests/data/test_checks.py",),
    ),
    Mutation(
        "the last day of a campaign does not count",
        "campaigns/measure/outcomes.py",
        "& (days.day <= day(stretch.last)))",
        "& (days.day < day(stretch.last)))",
        ("tests/worlds/test_campaigns.py",),
    ),
    Mutation(
        "a month that is over counts for nobody",
        "customers/observation.py",
        "gone = left <= complete",
        "gone = left < complete",
        (f"{_ENDS}::test_retention_counts_each_time_under_contract",),
    ),
    Mutation(
        "a contract is seen from the month in which ends began to be known",
        "customers/observation.py",
        'ibis.date(known), "month").ceil(), 0.0)',
        'ibis.date(known), "month").floor(), 0.0)',
        ("tests/worlds/test_churn_contracts.py::test_retention_is_counted_month_by_month",),
    ),
    Mutation(
        "retention learns from days whose ends are not certain",
        "customers/observation.py",
        "return min(day, base.as_of - dt.timedelta(days=waits))",
        "return day",
        (f"{_ENDS}::test_retention_counts_each_time_under_contract",),
    ),
    Mutation(
        "exactly four fifths are short of four fifths",
        "value/measure/concentrations.py",
        'ranked.from_top.cast("decimal(38,0)") * 5 < ',
        'ranked.from_top.cast("decimal(38,0)") * 5 <= ',
        (f"{_EXACTLY}::test_four_of_five_bring_four_fifths",),
    ),
    Mutation(
        "a usual gap as long as the horizon is longer",
        "churn/measure/gaps.py",
        "longer=(gaps.gap > float(horizon))",
        "longer=(gaps.gap >= float(horizon))",
        (f"{_EXACTLY}::test_a_usual_gap_as_long_as_the_horizon_is_not_longer",),
    ),
    Mutation(
        "who bought as many days ago as count can be lost",
        "churn/measure/departures.py",
        "customers.days_since_last_purchase < definition.active_days",
        "customers.days_since_last_purchase <= definition.active_days",
        (f"{_EXACTLY}::test_who_bought_as_many_days_ago_as_count_can_be_lost_no_more",),
    ),
    Mutation(
        "the day of the report is within the horizon",
        "churn/measure/departures.py",
        "(rows.day > ibis.date(after)) & (rows.day <= ibis.date(until))",
        "(rows.day >= ibis.date(after)) & (rows.day <= ibis.date(until))",
        (f"{_EXACTLY}::test_the_first_and_the_last_day_of_a_silence",),
    ),
    Mutation(
        "the longest silence that is no lapse is one",
        "churn/measure/rhythm.py",
        'told.silent.cast("float64") > told.longest',
        'told.silent.cast("float64") >= told.longest',
        (f"{_EXACTLY}::test_a_silence_of_as_many_gaps_as_are_allowed_is_no_lapse",),
    ),
    Mutation(
        "months without a contract came in",
        "forecast/held_out.py",
        'one.group_by("customer_id").aggregate(made=one.made.sum())',
        'one.group_by("customer_id").aggregate(made=one.made.max())',
        (f"{_ENDS}::test_what_came_in_are_months_under_contract",),
    ),
    Mutation(
        "rows without a common reason are told by two unlucky ones",
        "data/tolerance.py",
        "hypergeom.sf(hit - 1, rows, of_kind, drawn)",
        "hypergeom.sf(hit, rows, of_kind, drawn)",
        ("tests/data/test_tolerance.py",),
    ),
    Mutation(
        "lines keep a decimal less than they have",
        "data/units.py",
        "        most = d + 1\n",
        "        most = d\n",
        ("tests/data/test_units.py",),
    ),
    Mutation(
        "who has left may yet be lost",
        "forecast/contracts.py",
        "risk=joined.running.ifelse(1.0 - zero(staying), 1.0)",
        "risk=1.0 - zero(staying)",
        (f"{_ENDS}::test_who_has_left_brings_nothing_and_is_lost",),
    ),
)
