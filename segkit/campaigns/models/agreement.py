"""Whether an effect holds together: the whole with its segments, the first days with the last, and beside another
campaign.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import special

from segkit.campaigns.models.verdict import RARE, Verdict
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.multiplicity import adjusted_p_values
from segkit.statistics.told import Figure, Quoted, Told


def simpson(
    overall: Effect | Refusal, segments: Mapping[str, Effect | Refusal], customers: Mapping[str, int]
) -> Verdict:
    """Check whether the overall difference contradicts the segments that it is made of.

    The segments' differences are averaged, weighted by their customers (post-stratification). If the arms have the
    same mix of segments, as after a random draw, this average is close to the overall difference; if not, the overall
    difference compares different kinds of customers. The check blocks where the two contradict each other and both
    are significant. It warns where they contradict each other and one is significant, or where a segment goes
    significantly (Holm, p < .001) against a significant whole.

    Args:
        overall: the overall effect.
        segments: segment → its effect.
        customers: segment → its customers.
    """
    known = {name: e for name, e in segments.items() if isinstance(e, Effect)}
    check = "Whole against segments"
    if isinstance(overall, Refusal) or not known:
        return Verdict(check, "ok", "too few customers to compare the whole with its segments", None)
    weights = np.array([customers[name] for name in known], dtype=float)
    weights /= weights.sum()
    within = float(weights @ [e.difference for e in known.values()])
    error = math.sqrt(float(weights**2 @ [e.standard_error**2 for e in known.values()]))
    p_within = float(2 * special.ndtr(-abs(within) / error)) if error > 0 else 1.0
    if within * overall.difference < 0 and (p_within < 0.05 or overall.significant):
        both = p_within < 0.05 and overall.significant
        return Verdict(
            check,
            "blocked" if both else "warn",
            Told.of(
                "overall the difference is {overall}, within segments it is {within}: the arms are made of different "
                "customers, and the overall difference must not be read as the effect",
                overall=Figure(overall.difference, "difference"),
                within=Figure(within, "difference"),
            ),
            within,
        )
    adjusted = adjusted_p_values([e.p_value for e in known.values()], "holm")
    against = [
        name
        for (name, e), p in zip(known.items(), adjusted, strict=True)
        if p < RARE and overall.significant and e.difference * overall.difference < 0
    ]
    if against:
        return Verdict(
            check,
            "warn",
            Told.of(
                "in {against} the effect goes against the overall one ({overall}): read the segments, not the whole",
                against=Quoted(", ".join(against)),
                overall=Figure(overall.difference, "difference"),
            ),
            within,
        )
    return Verdict(check, "ok", "the whole agrees with its segments", within)


def novelty(
    treated: Moments,
    control: Moments,
    early: str,
    late: str,
    *,
    early_days: float = 1.0,
    late_days: float = 1.0,
    threshold: float = RARE,
) -> Verdict:
    """Check whether the effect of the first days has gone, or has turned around, in the last days.

    Args:
        treated, control: moments with both columns and their product, over the same customers in both periods.
        early, late: columns of the outcome in the two periods.
        early_days, late_days: lengths of the periods, so that effects are compared per day.
        threshold: p-value below which it warns.
    """
    gap = 0.0
    effects, spreads, sizes = [], [], []
    for cell, sign in ((treated, 1.0), (control, -1.0)):
        n = int(cell.counts[cell.index(early), cell.index(late)])
        if n < 2:
            return Verdict("Novelty", "ok", "too few customers to tell an early effect from a late one", None)
        i, j = cell.index(early), cell.index(late)
        first, last = float(cell.means[i, j]) / early_days, float(cell.means[j, i]) / late_days
        gap += sign * (last - first)
        effects.append((first, last))
        spread = (
            float(cell.squares[i, j]) / (n - 1) / early_days**2
            + float(cell.squares[j, i]) / (n - 1) / late_days**2
            - 2 * cell.covariance(early, late) / (early_days * late_days)
        )
        spreads.append(max(spread, 0.0))
        sizes.append(n)
    # an arm without changes, such as one in which nobody bought, may still change: it is given the other arm's variance
    one, other = spreads
    variance = (one or other) / sizes[0] + (other or one) / sizes[1]
    p = float(2 * special.ndtr(-abs(gap) / math.sqrt(variance))) if variance > 0 else 1.0
    before, after = (effects[0][k] - effects[1][k] for k in (0, 1))
    if p >= threshold:
        return Verdict("Novelty", "ok", Told.of("early and late effects are alike ({p})", p=Figure(p, "p")), p)
    fades = abs(after) < abs(before) or before * after < 0
    return Verdict(
        "Novelty",
        "warn",
        Told.of(
            f"the effect {'fades' if fades else 'strengthens'}: {{early}} a day early, {{late}} a day late ({{p}}); the "
            f"average over the period is not what {'remains' if fades else 'was there at first'}",
            early=Figure(before, "difference"),
            late=Figure(after, "difference"),
            p=Figure(p, "p"),
        ),
        p,
    )


def campaign_overlap(members: Mapping[str, int], arms: Mapping[str, int], other: str) -> Verdict:
    """Check whether another campaign reached the arms alike.

    Args:
        members: arm → customers who were also in the other campaign.
        arms: arm → customers.
        other: name of the other campaign.

    Returns:
        A verdict. It warns where the shares differ between the arms (p < .001): the difference may then come from
        either campaign.
    """
    if set(members) != set(arms):
        raise ParameterError(
            f"campaign overlap: members are given for {sorted(members)}, but the arms are {sorted(arms)}. "
            "Give members of each arm."
        )
    inside = np.array([members[a] for a in arms], dtype=float)
    total = np.array([arms[a] for a in arms], dtype=float)
    if (inside > total).any() or (inside < 0).any() or total.sum() <= 0:
        raise DataError(f"{other}: {members} customers among {arms}.")
    rate = inside.sum() / total.sum()
    check = Told.of("Overlap with {other}", other=Quoted(other))
    if rate in (0.0, 1.0):
        said = Told.of(
            "{inside} of {total} customers were in both",
            inside=Figure(float(inside.sum()), "count"),
            total=Figure(float(total.sum()), "count"),
        )
        return Verdict(check, "ok", said, float(rate))
    kept = total > 0
    statistic = float((((inside - total * rate) ** 2)[kept] / (total * rate * (1 - rate))[kept]).sum())
    p = float(special.chdtrc(max(int(kept.sum()) - 1, 1), statistic))
    if p >= RARE:
        said = Told.of(
            "{rate} of each arm were also in {other}", rate=Figure(float(rate), "share"), other=Quoted(other)
        )
        return Verdict(check, "ok", said, float(rate))
    shares = [
        Told.of("{a} {share}", a=Quoted(a), share=Figure(members[a] / arms[a], "share")) for a in arms if arms[a]
    ]
    return Verdict(
        check,
        "warn",
        Told.of(
            "{other} reached the arms unequally ({shares}; {p}): the difference is that of both campaigns",
            other=Quoted(other),
            shares=Told.joined(shares),
            p=Figure(p, "p"),
        ),
        p,
    )
