"""A randomised campaign by segment: for whom it worked, whether it paid, which channel and which rule of sending is
best.
"""

from __future__ import annotations

from segkit.campaigns.records import CampaignLift, ChannelCell
from segkit.campaigns.views.lift_words import LIKELY, arm_key, change_of, interval, is_shown, money_verdict, unit_of
from segkit.customers.partition import Segment
from segkit.page import Block, Metric, Statement, literal, name, number, own_name, own_words
from segkit.page.columns import Row, TableColumn, table_block, values_of
from segkit.page.segments import keys
from segkit.page.table_cells import DASH, between
from segkit.statistics.effects import Effect


def segment_keys(lift: CampaignLift) -> dict[Segment | None, str]:
    """Return each segment's part of a metric's key; None is the whole."""
    names = [s.name for s in lift.segments]
    return {None: "all"} | dict(zip(lift.segments, keys("segment", names), strict=True))


def lift_money(lift: CampaignLift) -> Block | None:
    """Tabulate profit, its chance, waste and the decision, for every arm and segment; the whole comes first."""
    if not is_shown(lift) or not lift.money:
        return None
    of = segment_keys(lift)
    currency = lift.facts.money.currency
    rows: list[Row] = []
    folded: list[Row] = []
    for r in lift.money:
        arm = arm_key(lift, r.arm)
        key = f"lift_money_{arm}" if r.segment is None else f"lift_money_{arm}_{of[r.segment]}"
        label = Statement.of(
            "{arm}: {s}",
            arm=own_name(r.arm, 30),
            s=literal("all") if r.segment is None else own_name(r.segment.name, 60),
        )
        into = rows if r.segment is None or (r.profit is not None and r.profit.decision != "test again") else folded
        if r.profit is None:
            into.append(
                Row(key, {"what": label, "cost": r.cost, "decision": literal("too little data")}, partial=True)
            )
            continue
        p = r.profit
        # by segment only what is sure is told: the page plans one test, that of all customers
        decision = money_verdict(lift, key, p) if r.segment is None or p.decision != "test again" else literal("open")
        values = {
            "what": label,
            "each": p.per_customer,
            "each_low": p.lower,
            "each_high": p.upper,
            "total": p.total,
            "chance": p.probability,
            "cost": r.cost,
            "wasted": r.wasted_cost,
            "decision": decision,
        }
        colour = None if r.segment is None else r.segment.colour
        into.append(Row(key, values, colour=colour, strong=("decision",) if p.decision != "test again" else ()))
    columns = [
        TableColumn("Arm, segment", "what", "words"),
        TableColumn("Profit a customer", "each", currency, "signed"),
        TableColumn("Interval", ("each_low", "each_high"), currency, "signed"),
        TableColumn("Profit in all", "total", currency, "signed"),
        TableColumn("Chance of profit", "chance", "share"),
        TableColumn("Cost", "cost", currency),
        TableColumn("Wasted", "wasted", currency),
        TableColumn("Decision", "decision", "words"),
    ]
    notes = [
        Statement.of(
            "Profit is margin less contact and offer cost, against the control. A customer breaks even where the extra "
            "margin equals the cost. Send: the whole interval is above zero. Hold: it is below. Likely: it holds zero, and "
            "the chance of a profit, or of a loss, is {likely} or more. Test again: so many customers in all arms would "
            "tell this profit from zero. Where that takes more customers than there are, it cannot be settled with your "
            "customers: stop, or pool it with the next campaign.",
            likely=Metric("lift_likely", LIKELY, "share"),
        ),
        literal("Wasted is what contacts cost whose customers would have converted anyway, at the control’s rate."),
    ]
    caption = Statement.of(
        "{badge}: whether it paid, by {s}", badge=name(lift.evidence.badge.value), s=own_name(lift.segmentation, 60)
    )
    more = Statement.of(
        "{n} rows by segment, where neither send nor hold is sure", n=Metric("lift_money_open", len(folded), "count")
    )
    return table_block(caption, columns, rows, notes=notes, folded=folded, folded_title=more)


def lift_channels(lift: CampaignLift) -> Block | None:
    """Tabulate response, difference and cost by segment and channel, and how sure the best channel is."""
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
    converts = any(m.key == "converted" for m in lift.metrics)
    rows: list[Row] = []
    folded: list[Row] = []
    for cell in found.cells:
        key = f"{of[cell.segment]}_{channel_key[cell.channel]}"
        top = best.get(cell.segment) is cell
        segment = literal("All") if cell.segment is None else own_name(cell.segment.name, 60)
        effect = cell.effect if isinstance(cell.effect, Effect) else None
        values = {
            "what": Statement.of("{s}: {c}", s=segment, c=own_name(cell.channel, 30)),
            "customers": cell.customers,
            "response": cell.response if converts else DASH,
            "cost": cell.cost,
            "difference": DASH if effect is None else change_of(lift, found.metric, key, effect.difference),
            "interval": interval(lift, found.metric, key, cell.effect),
            "chance": cell.chance_best,
        }
        (rows if top or cell.segment is None else folded).append(
            Row(
                f"lift_{key}",
                values,
                colour=None if cell.segment is None else cell.segment.colour,
                strong=("chance",) if top and (cell.chance_best or 0) >= 0.9 else (),
                quiet=not top,
            )
        )
    columns = [
        TableColumn("Segment, channel", "what", "words"),
        TableColumn("Customers", "customers", "customers"),
        TableColumn("Response", "response", "share"),
        TableColumn("Cost a customer", "cost", lift.facts.money.currency),
        TableColumn(own_words(f"{found.metric.label}, difference", 60), "difference", "change", "signed"),
        TableColumn("Interval", "interval", "change"),
        TableColumn("Chance of being the best", "chance", "share"),
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
    likeliest = best.get(None)
    line = None
    if likeliest is not None:
        line = Statement.of(
            "{c} is the likeliest best of all: {p}",
            c=own_name(likeliest.channel, 40),
            p=Metric(f"lift_{of[None]}_{channel_key[likeliest.channel]}_chance", likeliest.chance_best, "share"),
        )
    return table_block(caption, columns, rows, notes=notes, folded=folded, folded_title=more, line=line)


def lift_policies(lift: CampaignLift) -> Block | None:
    """Tabulate rules of sending, valued on customers that they were not learnt from."""
    found = lift.policies
    if not is_shown(lift) or found is None:
        return None
    rows = [
        Row(
            key,
            {
                "rule": r.name,
                "contacted": r.contacted,
                "gain": r.value,
                "low": r.lower if r.contacted else None,
                "high": r.upper,
            },
            unit=unit_of(lift, found.metric),
        )
        for r, key in zip(found.rows, keys("lift_policy", [r.name for r in found.rows]), strict=True)
    ]
    sign = 1.0 if found.metric.better == "up" else -1.0
    best = max(found.rows[:-1], key=lambda r: sign * r.value)
    gap, low, high = (
        change_of(lift, found.metric, key, value)
        for key, value in (
            ("policy_gap", best.gap),
            ("policy_gap_low", best.gap_lower),
            ("policy_gap_high", best.gap_upper),
        )
    )
    notes = [
        Statement.of(
            "Targeting by segment less “{rule}”: {d} a customer ({i}); {v}.",
            rule=own_name(best.name, 60),
            d=number(gap, "signed"),
            i=between(low, high, "signed"),
            v=literal("more than chance" if best.gap_lower > 0 or best.gap_upper < 0 else "not more than chance"),
        )
    ]
    columns = [
        TableColumn("Rule", "rule", "words"),
        TableColumn("Contacted", "contacted", "share"),
        TableColumn("Gain a customer", "gain", "change", "signed"),
        TableColumn("Interval", ("low", "high"), "change", "signed"),
    ]
    caption = Statement.of(
        "{m} a customer against sending nothing, on held-out customers", m=own_name(found.metric.label, 60)
    )
    return table_block(caption, columns, rows, notes=notes, line=notes[0])


def lift_plan(lift: CampaignLift) -> Block | None:
    """Tabulate how many customers a repeat needs in each segment."""
    if not is_shown(lift) or not lift.plan:
        return None
    of = segment_keys(lift)
    rows = [
        Row(f"lift_plan_{of[r.segment]}", {**values_of(r), "segment": r.segment.name}, colour=r.segment.colour)
        for r in lift.plan
    ]
    metric = lift.metrics[0]
    caption = Statement.of(
        "Customers that a repeat needs in each segment to find {e} of {m} four times in five, one arm against control",
        e=change_of(lift, metric, "plan_effect", lift.plan[0].effect),
        m=own_name(metric.label[:1].lower() + metric.label[1:], 60),
    )
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn("Needed", "needed", "customers"),
        TableColumn("In this campaign", "available", "customers"),
    ]
    return table_block(caption, columns, rows)
