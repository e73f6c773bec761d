"""A randomised campaign by segment: for whom it worked, whether it paid, which channel, which rule of sending."""

from __future__ import annotations

from segkit.campaigns.records import CampaignLift, ChannelCell
from segkit.campaigns.views.words import arm_key, between, change_of, interval, is_shown, signed
from segkit.customers.partition import Segment
from segkit.page import Block, Metric, Statement, literal, name, own_name, own_words
from segkit.page.segments import keys
from segkit.page.tables import column, row, table
from segkit.statistics.effects import Effect


def segment_keys(lift: CampaignLift) -> dict[Segment | None, str]:
    """Each segment's part of a metric's key; None is the whole."""
    names = [s.name for s in lift.segments]
    return {None: "all"} | dict(zip(lift.segments, keys("segment", names), strict=True))


def lift_money(lift: CampaignLift) -> Block | None:
    """Profit, its chance, waste and the decision, arm by arm and segment by segment; all first."""
    if not is_shown(lift) or not lift.money:
        return None
    of = segment_keys(lift)
    currency = lift.facts.money.currency

    def money(key: str, value: float | None) -> Metric:
        return Metric(f"lift_money_{key}", value, "money", currency)

    rows: list[dict[str, object]] = []
    folded: list[dict[str, object]] = []
    for r in lift.money:
        arm = arm_key(lift, r.arm)
        key = arm if r.segment is None else f"{arm}_{of[r.segment]}"
        label = Statement.of(
            "{arm}: {s}",
            arm=own_name(r.arm, 30),
            s=literal("all") if r.segment is None else own_name(r.segment.name, 60),
        )
        cost = Statement.of("{n}", n=money(f"{key}_cost", r.cost))
        into = rows if r.segment is None or (r.profit is not None and r.profit.decision != "test again") else folded
        if r.profit is None:
            into.append(row([label, *[literal("–")] * 4, cost, literal("–"), literal("too little data")]))
            continue
        p = r.profit
        needed: Statement = literal(p.decision)
        if p.decision == "test again":
            needed = literal("test again")
            if p.repeat_customers is not None and p.repeat_customers <= 10_000_000:
                n = Metric(f"lift_money_{key}_repeat", p.repeat_customers, "customers")
                needed = Statement.of("test again, with {n}", n=n)
        into.append(
            row(
                [
                    label,
                    signed(money(f"{key}_each", p.per_customer)),
                    between(money(f"{key}_each_low", p.lower), money(f"{key}_each_high", p.upper)),
                    signed(money(f"{key}_total", p.total)),
                    Statement.of("{n}", n=Metric(f"lift_money_{key}_chance", p.probability, "share")),
                    cost,
                    Statement.of("{n}", n=money(f"{key}_wasted", r.wasted_cost)),
                    needed,
                ],
                colour=None if r.segment is None else r.segment.colour,
                strong=(7,) if p.decision != "test again" else (),
            )
        )
    columns = [
        column("Arm, segment", "text"),
        *(
            column(t)
            for t in ("Profit a customer", "Interval", "Profit in all", "Chance of profit", "Cost", "Wasted")
        ),
        column("Decision", "text"),
    ]
    notes = [
        literal(
            "Profit is margin less contact and offer cost, against the control. A customer breaks even where the extra "
            "margin equals the cost. Send: the whole interval is above zero. Hold: it is below. Else test again, with "
            "as many customers in all arms as it takes to tell this profit from zero."
        ),
        literal("Wasted is what contacts cost whose customers would have converted anyway, at the control’s rate."),
    ]
    caption = Statement.of(
        "{badge}: whether it paid, by {s}", badge=name(lift.evidence.badge.value), s=own_name(lift.segmentation, 60)
    )
    more = Statement.of(
        "{n} rows by segment, where neither send nor hold is sure", n=Metric("lift_money_open", len(folded), "count")
    )
    return Block.of("table", table(caption, columns, rows, notes=notes, folded=folded, folded_title=more))


def lift_channels(lift: CampaignLift) -> Block | None:
    """Response, difference and cost by segment and channel, and how sure the best channel is."""
    found = lift.channels
    if not is_shown(lift) or found is None or not found.cells:
        return None
    of = segment_keys(lift)
    best: dict[Segment | None, ChannelCell] = {}
    for cell in found.cells:
        known = best.get(cell.segment)
        if cell.chance_best is not None and (known is None or cell.chance_best > (known.chance_best or 0)):
            best[cell.segment] = cell
    channel_names = tuple(dict.fromkeys(c.channel for c in found.cells))
    channel_key = dict(zip(channel_names, keys("by", channel_names), strict=True))
    rows: list[dict[str, object]] = []
    folded: list[dict[str, object]] = []
    for cell in found.cells:
        key = f"{of[cell.segment]}_{channel_key[cell.channel]}"
        top = best.get(cell.segment) is cell
        (rows if top or cell.segment is None else folded).append(
            row(
                [
                    Statement.of(
                        "{s}: {c}",
                        s=literal("All") if cell.segment is None else own_name(cell.segment.name, 60),
                        c=own_name(cell.channel, 30),
                    ),
                    Statement.of("{n}", n=Metric(f"lift_{key}_customers", cell.customers, "customers")),
                    Statement.of("{n}", n=Metric(f"lift_{key}_response", cell.response, "share"))
                    if any(m.key == "converted" for m in lift.metrics)
                    else literal("–"),
                    Statement.of("{n}", n=Metric(f"lift_{key}_cost", cell.cost, "money", lift.facts.money.currency)),
                    literal("–")
                    if not isinstance(cell.effect, Effect)
                    else signed(change_of(lift, found.metric, key, cell.effect.difference)),
                    interval(lift, found.metric, key, cell.effect),
                    Statement.of("{n}", n=Metric(f"lift_{key}_chance", cell.chance_best, "share")),
                ],
                colour=None if cell.segment is None else cell.segment.colour,
                strong=(6,) if top and (cell.chance_best or 0) >= 0.9 else (),
                quiet=not top,
            )
        )
    columns = [
        column("Segment, channel", "text"),
        *(column(t) for t in ("Customers", "Response", "Cost a customer")),
        column(own_words(f"{found.metric.label}, difference", 60)),
        column("Interval"),
        column("Chance of being the best"),
    ]
    notes = [
        Statement.of(
            "The treated arms together, by channel, against the control of the same segment. A chance below {n} is too "
            "little to fix a channel by; where that is so, keep the cheapest and test on.",
            n=Metric("lift_channel_sure", 0.9, "share"),
        )
    ]
    badge = lift.evidence.badge.value if found.drawn else "Descriptive"
    if not found.drawn:
        notes.append(
            literal("Whether chance decided the channel is not stated, so channels are compared as they were.")
        )
    caption = Statement.of("{b}: channels, and the likely best of each segment", b=name(badge))
    more = Statement.of(
        "{n} rows of channels that are less likely the best of their segment",
        n=Metric("lift_channels_other", len(folded), "count"),
    )
    return Block.of("table", table(caption, columns, rows, notes=notes, folded=folded, folded_title=more))


def lift_policies(lift: CampaignLift) -> Block | None:
    """Rules of sending, valued on customers that they were not learnt from."""
    found = lift.policies
    if not is_shown(lift) or found is None:
        return None
    metric, policy_keys = found.metric, keys("lift_policy", [r.name for r in found.rows])

    def told(key: str, value: float, low: float, high: float) -> tuple[Statement, Statement]:
        ends = (change_of(lift, metric, f"{key}_{e}", v) for e, v in (("low", low), ("high", high)))
        return signed(change_of(lift, metric, key, value)), between(*ends)

    rows = []
    for r, key in zip(found.rows, policy_keys, strict=True):
        contacted = Statement.of("{n}", n=Metric(f"lift_{key}_contacted", r.contacted, "share"))
        gain, reach = told(key, r.value, r.lower, r.upper)
        rows.append(row([own_words(r.name, 80), contacted, gain, literal("–") if r.contacted == 0 else reach]))
    sign = 1.0 if metric.better == "up" else -1.0
    best = max(found.rows[:-1], key=lambda r: sign * r.value)
    gap, reach = told("policy_gap", best.gap, best.gap_lower, best.gap_upper)
    notes = [
        Statement.of(
            "Targeting by segment less “{rule}”: {d} a customer ({i}); {v}.",
            rule=own_name(best.name, 60),
            d=gap,
            i=reach,
            v=literal("more than chance" if best.gap_lower > 0 or best.gap_upper < 0 else "not more than chance"),
        )
    ]
    columns = [column("Rule", "text"), column("Contacted"), column("Gain a customer"), column("Interval")]
    caption = Statement.of(
        "{m} a customer against sending nothing, on held-out customers", m=own_name(found.metric.label, 60)
    )
    return Block.of("table", table(caption, columns, rows, notes=notes))


def lift_plan(lift: CampaignLift) -> Block | None:
    """How many customers a repeat needs in each segment."""
    if not is_shown(lift) or not lift.plan:
        return None
    of = segment_keys(lift)
    rows = [
        row(
            [
                own_words(r.segment.name, 80),
                Statement.of("{n}", n=Metric(f"lift_plan_{of[r.segment]}_needed", r.needed, "customers")),
                Statement.of("{n}", n=Metric(f"lift_plan_{of[r.segment]}_available", r.available, "customers")),
            ],
            colour=r.segment.colour,
        )
        for r in lift.plan
    ]
    metric = lift.metrics[0]
    caption = Statement.of(
        "Customers that a repeat needs in each segment to find {e} of {m} four times in five, one arm against control",
        e=change_of(lift, metric, "plan_effect", lift.plan[0].effect),
        m=own_name(metric.label[:1].lower() + metric.label[1:], 60),
    )
    columns = [column("Segment", "text"), column("Needed"), column("In this campaign")]
    return Block.of("table", table(caption, columns, rows))
