"""Faults of assignment and data that decide whether a campaign's numbers may be shown: validity comes before effect.

Each check takes plain counts or moments and returns a Verdict. The limits are chosen so that all checks together,
with those of `sample_ratio` and `agreement`, warn in fewer than one of a hundred clean campaigns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import special

from segkit.campaigns.models.verdict import RARE, Status, Verdict
from segkit.errors import DataError, ParameterError
from segkit.statistics.moments import Moments
from segkit.statistics.multiplicity import adjusted_p_values
from segkit.statistics.told import Figure, Quoted, Told


def pre_period_balance(arms: Mapping[str, Moments], covariates: Sequence[str], *, threshold: float = RARE) -> Verdict:
    """Check whether the arms differed before the campaign: all covariates and arms in one number.

    Each covariate gives a Welch-type chi-square over the arms. Holm's rule, which needs no independence, joins their
    p-values. The check warns below `threshold`, since the effect then needs adjustment. It blocks below a thousandth
    of that, since the draw was then not random.
    """
    if not covariates:
        raise ParameterError(
            "the balance before the campaign needs a covariate; name at least one column measured before."
        )
    p_values, gaps = [], []
    for covariate in covariates:
        known = [cell for cell in arms.values() if cell.n(covariate) >= 2]
        m = np.array([cell.mean(covariate) for cell in known])
        v = np.array([cell.variance(covariate) / cell.n(covariate) for cell in known])
        if len(m) >= 2 and 0 < (v > 0).sum() < len(v):
            # an arm of equal values, such as one in which nobody bought before, gets the variance of all arms
            n = np.array([cell.n(covariate) for cell in known])
            pooled = float(
                sum(cell.variance(covariate) * (cell.n(covariate) - 1) for cell in known) / (n.sum() - len(n))
            )
            v = np.where(v > 0, v, pooled / n)
        if len(m) < 2 or not (v > 0).all():
            p_values.append(1.0 if len(m) < 2 or np.ptp(m) == 0 else 0.0)
            gaps.append(0.0 if len(m) < 2 else float(np.ptp(m)))
            continue
        center = (m / v).sum() / (1 / v).sum()
        p_values.append(float(special.chdtrc(len(m) - 1, ((m - center) ** 2 / v).sum())))
        spread = math.sqrt(np.mean([cell.variance(covariate) for cell in arms.values() if cell.n(covariate) >= 2]))
        gaps.append(float(np.ptp(m)) / spread)
    adjusted = adjusted_p_values(p_values, "holm")
    worst = int(np.argmin(adjusted))
    p = float(adjusted[worst])
    if p >= threshold:
        said = Told.of("the arms were alike before the campaign ({p})", p=Figure(p, "p"))
        return Verdict("Balance before", "ok", said, p)
    return Verdict(
        "Balance before",
        "blocked" if p < threshold * 1e-3 else "warn",
        Told.of(
            "{covariate} differed between the arms before the campaign, by {gap} standard deviations ({p}): the arms "
            "were not alike to begin with",
            covariate=Quoted(covariates[worst]),
            gap=Figure(round(gaps[worst], 2), "index"),
            p=Figure(p, "p"),
        ),
        p,
    )


def counted_fault(
    check: str,
    found: int,
    of: int,
    *,
    what: str,
    consequence: str,
    block_above: float,
    warn_above: float = 0.0,
) -> Verdict:
    """Judge a fault that is counted in customers: none is fine, some warn, many block.

    Args:
        check: name of the check.
        found: customers with the fault.
        of: all customers that were looked at.
        what: what is wrong with them, as words that follow "12 of 3,000 customers".
        consequence: what the fault does to the figures.
        block_above, warn_above: shares of `of` above which the check blocks or warns.
    """
    if found < 0 or of < found:
        raise DataError(f"{check}: {found} customers among {of}. The count must lie between 0 and the whole.")
    part = found / of if of else 0.0
    status: Status = "blocked" if part > block_above else "warn" if part > warn_above else "ok"
    counted = {"found": Figure(found, "count"), "of": Figure(of, "count")}
    common = what if isinstance(what, Told) else Told.of(what)
    if status == "ok":
        return Verdict(check, "ok", Told.of("{found} of {of} customers {what}", **counted, what=common), part)
    said = Told.of(
        "{found} of {of} customers ({part}) {what}: " + consequence,
        **counted,
        part=Figure(part, "share"),
        what=common,
    )
    return Verdict(check, status, said, part)


def contamination(contacted: int, control: int, *, block_above: float = 0.05) -> Verdict:
    """Check for control customers who received the campaign after all. By about their share, the difference is too
    small.
    """
    return counted_fault(
        "Clean control",
        contacted,
        control,
        what="of the control group received the campaign",
        consequence="the measured effect is diluted, and is that of having been assigned",
        block_above=block_above,
    )


def several_arms(several: int, customers: int, *, block_above: float = 0.01) -> Verdict:
    """Check for customers whom the data put into more than one arm."""
    return counted_fault(
        "One arm each",
        several,
        customers,
        what="are in several arms",
        consequence="nobody knows what they were given; they are left out, which may itself distort the arms",
        block_above=block_above,
    )


def duplicates(extra_rows: int, rows: int, *, block_above: float = 0.01) -> Verdict:
    """Check for assignment rows that repeat a customer of the same arm. Each customer is counted once."""
    return counted_fault(
        "No duplicates",
        extra_rows,
        rows,
        what="are repeated in the assignment",
        consequence="each is counted once; find out why the list repeats them",
        block_above=block_above,
    )


def late_outcomes(days_observed: int, days_needed: int) -> Verdict:
    """Check whether every customer's outcome window is complete at the report's date.

    Args:
        days_observed: days from the last assignment to the last date in the data.
        days_needed: days of the outcome window, plus the days that outcomes take to arrive in the data.
    """
    if days_needed <= 0:
        raise ParameterError(f"the outcome window has {days_needed} days. The number must be above zero.")
    if days_observed >= days_needed:
        return Verdict("Outcomes are in", "ok", "every customer's outcome window is complete", None)
    missing = days_needed - max(days_observed, 0)
    return Verdict(
        "Outcomes are in",
        "blocked" if days_observed <= 0 else "warn",
        Told.of(
            "{missing} of {needed} days of the outcome window are still to come for the customers assigned last: the "
            "figures are preliminary",
            missing=Figure(missing, "count"),
            needed=Figure(days_needed, "count"),
        ),
        float(missing),
    )


def post_treatment(measured_days_after: Mapping[str, int]) -> Verdict:
    """Check for covariates measured after the assignment, since the campaign may have changed them.

    Args:
        measured_days_after: covariate → days from the assignment to the end of its measurement. Zero or less is
            before.
    """
    late = sorted(name for name, days in measured_days_after.items() if days > 0)
    if not late:
        return Verdict("Covariates from before", "ok", "all covariates were measured before the assignment", None)
    return Verdict(
        "Covariates from before",
        "blocked",
        Told.of(
            f"{{late}} {'was' if len(late) == 1 else 'were'} measured after the assignment: adjusting for what the "
            "campaign may have changed hides its effect",
            late=Quoted(", ".join(late)),
        ),
        float(len(late)),
    )
