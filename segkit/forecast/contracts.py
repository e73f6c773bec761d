"""Value to come of customers under contract: the months that they will stay × what a month brings.

Retention by plan is counted at each month of tenure, from customers who made renewals and customers who left. A
customer who is still there is censored; a customer who came before ends were known is truncated. Counts lean on sBG
or BdW as far as these fit them, and beyond the longest tenure seen the model speaks alone
(`segkit.forecast.models.hazards`). A month brings the contract's recurring amount or, where the contract has none,
what the customer paid per month over the last year.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segkit.arrays import Floats
from segkit.customers import CustomerBase
from segkit.customers.calendar import elapsed
from segkit.customers.observation import ends_certain_to, ends_known_from, observed
from segkit.customers.partition import SEGMENT
from segkit.data.spells import spells_by
from segkit.errors import ModelError
from segkit.forecast.horizon import Horizon, whole_money, zero
from segkit.forecast.models.choice import choose_retention_model
from segkit.forecast.models.contractual import RenewalCells
from segkit.forecast.models.hazards import CountedRetention, counted_retention
from segkit.forecast.options import ValueOptions
from segkit.forecast.purchases import fit_parameters
from segkit.forecast.records import Method, Parameter
from segkit.statistics.told import Quoted, Told

ALL = "all contracts"
_MOST_PLANS = 60


@dataclass
class ContractForecast:
    """Fitted retention, with one model per plan, and a common one for plans with too few customers.

    Attributes:
        base: the customers.
        models: plan → its model; `ALL` for the rest.
        sizes: plan → how many customers its model was fitted on.
        churn: the share of customers lost per month over the last year, as far as ends are known: the naive forecast.
        method: how the forecast was made.
        naive: whether to forecast with `churn` alone instead of the models.
    """

    base: CustomerBase
    models: dict[str, CountedRetention]
    sizes: dict[str, float]
    churn: float
    method: Method
    naive: bool = False

    def score(self, customers: ir.Table, horizon: Horizon) -> ir.Table:
        """Score customers as every `Forecast` does."""
        table = with_month(customers, horizon.since)
        months = months_of(horizon)
        longest = table.aggregate(most=table.renewals.max())
        most = int(self.base.dataset.engine.collect(longest)["most"].fillna(0).iloc[0])
        made, discounts = np.arange(most + 1, dtype=np.float64), _discounts(months, horizon.annual_rate)
        frames = [self._plan_scores(plan, made, discounts) for plan in self.models]
        scores = ibis.memtable(pa.Table.from_pandas(pd.concat(frames), preserve_index=False))
        own = table.plan_key.isin([plan for plan in self.models if plan != ALL]).ifelse(table.plan_key, ALL)
        left = table.mutate(score_plan=own)
        joined = left.left_join(scores, [left.score_plan == scores.of_plan, left.renewals == scores.of_renewals])
        # a part of the current month is over, and whoever is there has stayed so long
        part = joined.month_part
        stayed = (joined.log_first * part).exp()
        staying = (joined.log_last + (joined.log_next - joined.log_last - joined.log_first) * part).exp()
        monthly_value = joined.month_amount.cast("float64") * horizon.share
        counted, every = zero(joined.counted / stayed), float(_discounts(months, horizon.annual_rate).sum())
        return joined.mutate(
            expected=zero(joined.expected / stayed),
            future=whole_money(counted * monthly_value),
            risk=joined.running.ifelse(1.0 - zero(staying), 1.0),
            lost=whole_money((every - counted) * monthly_value),
        ).drop(
            *("counted", "log_first", "log_last", "log_next", "of_plan", "of_renewals", "score_plan", "plan_key"),
            *("renewals", "month_part", "month_amount", "running"),
        )

    def expected_totals(self, customers: ir.Table, since: dt.date, months: list[int]) -> list[float]:
        """Return the value that all customers bring in the first so many months after a date.

        It is in minor units and not discounted.
        """
        table = with_month(customers, since)
        over = whole_money(table.month_part * table.month_amount.cast("float64"))
        sums = table.group_by("plan_key", "renewals").aggregate(amount=table.month_amount.sum(), over=over.sum())
        frame = self.base.dataset.engine.collect(sums.order_by("plan_key", "renewals"))
        totals = np.zeros(max(months))
        ahead = np.arange(1, max(months) + 1, dtype=np.float64)
        columns = (frame[name] for name in ("plan_key", "renewals", "amount", "over"))
        for plan, made, amount, part in zip(*columns, strict=True):
            if amount:
                stay = self.models.get(str(plan), self.models[ALL]).survival(ahead, tenure=float(made))
                totals += float(amount) * stay / stay[0] ** (float(part) / float(amount))
        return [float(totals[:number].sum()) for number in months]

    def _plan_scores(self, plan: str, made: Floats, discounts: Floats) -> pd.DataFrame:
        """Return, for each number of renewals made, the months paid in the horizon, plain and discounted.

        The frame also has the logarithms of the shares who make the first of these renewals, the last, and the one
        after it.
        """
        ahead = np.arange(1, discounts.size + 2, dtype=np.float64)
        if self.naive:
            stay = np.tile((1.0 - self.churn) ** ahead, (made.size, 1))
        else:
            stay = np.array([self.models[plan].survival(ahead, tenure=tenure) for tenure in made])
        log_stay = np.log(np.maximum(stay, 1e-300))
        return pd.DataFrame(
            {
                "of_plan": plan,
                "of_renewals": made.astype("int64"),
                "expected": stay[:, :-1].sum(axis=1),
                "counted": stay[:, :-1] @ discounts,
                "log_first": log_stay[:, 0],
                "log_last": log_stay[:, -2],
                "log_next": log_stay[:, -1],
            }
        )

    def relative_sd(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the relative standard deviation, as every `Forecast` does.

        Customers leave independently; parameters are the better known, the larger their plans.
        """
        months = months_of(horizon)
        scored = self.score(segmented, horizon)
        amounts = with_month(scored, horizon.since)
        # the months of one customer lie between 0 and the horizon, so m (H − m) bounds their variance from above
        spread = (amounts.expected * (float(months) - amounts.expected)).clip(lower=0.0)
        amount = amounts.month_amount.cast("float64")
        # whole numbers: sums of floats depend on the order of rows
        sums = amounts.mutate(
            square=whole_money(spread * amount * amount), first=whole_money(amounts.expected * amount)
        )
        by = sums.group_by(SEGMENT).aggregate(
            square=sums.square.sum(), first=sums["first"].sum(), customers=sums.count()
        )
        frame = self.base.dataset.engine.collect(by).set_index(SEGMENT).reindex(range(groups)).fillna(0.0)
        square, first = frame["square"].to_numpy(float), frame["first"].to_numpy(float)
        square, first = np.append(square, square.sum()), np.append(first, first.sum())
        drawn = np.divide(np.sqrt(square), first, out=np.zeros_like(first), where=first > 0)
        fitted = 1.0 / np.sqrt(max(sum(self.sizes.values()), 1.0))
        return np.asarray(np.hypot(drawn, fitted))

    def chance_of_nothing(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return zeros: a contract that runs brings something, unless it is not renewed even once."""
        return np.zeros(groups)


def _discounts(months: int, annual_rate: float) -> Floats:
    """Return the discount factor of each month; its money is paid, on average, in the middle of the month."""
    return np.asarray((1.0 + annual_rate) ** (-(np.arange(1, months + 1, dtype=np.float64) - 0.5) / 12.0))


def months_of(horizon: Horizon) -> int:
    """Return the length of a horizon in whole months, the nearest number."""
    return max(1, round(horizon.days / 30.4375))


def with_month(customers: ir.Table, when: dt.date) -> ir.Table:
    """Add what contracts bring in a month to a customer table.

    The columns are the renewals made since the contract began (whoever came back after a gap began anew), the part of
    the current month that is over, what a month brings (minor units), the plan, and whether the contract runs.

    Args:
        customers: the customer table as of `when`.
        when: the date, which bounds how much of the last year each customer was there.
    """
    running = customers.status == "active"
    amount: ir.IntegerValue = ibis.literal(0, "int64")
    if "recurring_amount" in customers.columns:
        amount = customers.recurring_amount.fill_null(0)
    if "value" in customers.columns:
        there = ibis.least(ibis.greatest(customers.tenure, 1.0), 12.0)
        paid = (ibis.greatest(customers["value"], 0).cast("float64") / there + 0.5).floor().cast("int64")
        amount = (amount > 0).ifelse(amount, paid)
    plan = customers.plan.fill_null("") if "plan" in customers.columns else ibis.literal("")
    age = elapsed(customers.contract_start, ibis.coalesce(customers.contract_end, ibis.date(when)), "month")
    return customers.mutate(
        running=running,
        renewals=age.floor().cast("int64"),
        month_part=age - age.floor(),
        month_amount=running.ifelse(amount, 0),
        plan_key=plan,
    )


def fit_contracts(base: CustomerBase, end: dt.date, options: ValueOptions) -> ContractForecast:
    """Choose a model of retention for each plan, and fit it on what was known at the end of a day.

    Raises:
        ModelError: the data do not allow a fit; the message says what is missing.
    """
    names = options.candidates("contractual")
    customers = base.customers(end)
    subscriptions = base.dataset.spec.tables.get("subscriptions")
    if subscriptions is not None and subscriptions.shape == "snapshot":
        raise ModelError(
            "the contracts are a snapshot that does not say when those who left did so; a table of contracts with "
            "start and end is needed for retention."
        )
    if "recurring_amount" not in customers.columns and "value" not in customers.columns:
        raise ModelError("neither the contracts nor any transactions say what a month brings, so there is no value.")
    known = ends_known_from(base)
    certain = ends_certain_to(base, end)
    table = _observed(spells_by(base.dataset.tables["subscriptions"], certain), certain, known)
    ended, came = (
        base.dataset.engine.collect(table.group_by(by).aggregate(customers=table.count()).order_by(by))
        for by in (["plan_key", "renewal", "gone"], ["plan_key", "entry"])
    )
    renewal, gone, weight, entry, entered = (
        frame[name].to_numpy(float)
        for frame, name in (
            *((ended, n) for n in ("renewal", "gone", "customers")),
            *((came, n) for n in ("entry", "customers")),
        )
    )
    plans, came_plans = (frame["plan_key"].astype(str).to_numpy() for frame in (ended, came))
    models: dict[str, CountedRetention] = {}
    sizes: dict[str, float] = {}
    messages: list[str] = []
    parameters: list[Parameter] = []
    for plan in [ALL, *sorted(set(plans))[:_MOST_PLANS]]:
        mine, theirs = ((of == plan) | (plan == ALL) for of in (plans, came_plans))
        if plan == ALL or len(set(plans)) > 1:
            try:
                late = entry[theirs], entered[theirs]
                choice = choose_retention_model(renewal[mine], gone[mine], weight[mine], late, candidates=names)
            except ModelError as error:
                if plan == ALL:
                    raise
                messages.append(Told.of("{plan}: goes with the whole. {why}", plan=_called(plan), why=error.told))
                continue
            counted = counted_retention(choice.model, RenewalCells.of(renewal[mine], gone[mine], weight[mine], late))
            models[plan], sizes[plan] = counted, float(weight[mine].sum())
            messages.append(
                Told.of(
                    "{plan}: {choice} {counting}", plan=_called(plan), choice=choice.message, counting=counted.message
                )
            )
            parameters += [
                Parameter(
                    Told.of("{model}, {plan}", model=p.model, plan=Quoted(plan)), p.name, p.estimate, p.standard_error
                )
                for p in fit_parameters(choice.model.fit)
            ]
    labels = sorted({model.label for model in models.values()})
    method = Method(
        models=tuple(labels),
        parameters=tuple(parameters),
        customers=int(weight.sum()),
        cells=len(ended) + len(came),
        time_unit="month",
        resolution_days=1,
        messages=tuple(messages),
        spend_correlation=None,
        kept_share=1.0,
    )
    return ContractForecast(base, models, sizes, _churn(base, certain, known), method)


def _called(plan: str) -> Quoted | str:
    return Quoted(plan[:1].upper() + plan[1:]) if plan else "Contracts without a plan"


def _observed(spells: ir.Table, end: dt.date, known: dt.date) -> ir.Table:
    """Return what retention is learnt from: whether a contract is `gone`, its renewals, and those before observation."""
    seen = observed(spells.start, spells.end, end, known)
    plan = spells.plan.fill_null("") if "plan" in spells.columns else ibis.literal("")
    found = spells.select(
        plan_key=plan, renewal=seen.months, gone=seen.gone.ifelse(1, 0).cast("int64"), entry=seen.entry
    )
    return found.filter((found.entry == 0) | (found.entry < found.renewal))


def _churn(base: CustomerBase, end: dt.date, known: dt.date) -> float:
    """Return the share of customers lost per month over the last year: leavers ÷ customer-months, in whole days.

    Months in which ends were not known yet do not count, since nobody can be seen to leave in them.
    """
    last = ibis.date(end)
    since = ibis.date(max(end - dt.timedelta(days=365), known - dt.timedelta(days=1)))
    spells = spells_by(base.dataset.tables["subscriptions"], end)
    there = ibis.greatest(ibis.coalesce(spells.end, last).delta(ibis.greatest(spells.start, since), unit="day"), 0)
    facts = base.dataset.engine.collect(spells.aggregate(left=(spells.end > since).sum(), days=there.sum())).iloc[0]
    months = float(facts["days"] or 0) / 30.4375
    return min(float(facts["left"] or 0) / months, 1.0) if months > 0 else 0.0
