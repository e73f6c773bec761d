"""How probable a silence is: by hand, and how often a source that still sends is called silent."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.statistics.silence import Days, Regularity, silence_chance, stopped_chances


def days(counts: np.ndarray, free: tuple[int, ...] = ()) -> Days:
    none = np.zeros(len(counts), dtype=bool)
    off = none.copy()
    off[list(free)] = True
    return Days(np.asarray(counts, dtype=float), off, none)


def test_the_chance_is_the_share_of_days_with_as_much_missed() -> None:
    counts = np.full(140, 10.0)
    counts[[60, 100, -1]] = 0
    # days 27 to 138 are compared: 112, at the end of two of which a day was missed
    assert silence_chance(days(counts)) == pytest.approx(2.5 / 113)


def test_a_closed_sunday_is_no_silence() -> None:
    counts = np.full(140, 10.0)
    counts[6::7] = 0
    assert counts[-1] == 0
    assert silence_chance(days(counts)) == 1.0
    counts[-2:] = 0
    chance = silence_chance(days(counts))
    assert chance is not None
    assert chance < 0.005


def test_a_public_holiday_is_no_silence() -> None:
    counts = np.full(140, 10.0)
    counts[-1] = 0
    assert silence_chance(days(counts, free=(139,))) == 1.0
    # Good Friday and Easter Monday are holidays, and so the weekend between them is one
    counts[-4:] = 0
    assert silence_chance(days(counts, free=(136, 137, 139))) == 1.0


def test_the_same_silence_a_year_ago_explains_it() -> None:
    counts = np.full(420, 10.0)
    counts[-6:] = 0
    assert (silence_chance(days(counts)) or 1) < 0.001
    counts[-6 - 364 : -364] = 0
    assert silence_chance(days(counts)) == 1.0


def test_little_history_says_nothing() -> None:
    assert silence_chance(days(np.append(np.full(27, 5.0), [0, 0]))) is None


@pytest.mark.parametrize("rate", [0.3, 1.0, 3.0, 30.0])
def test_sparse_sources_are_seldom_called_silent(rate: float) -> None:
    """Poisson days, a closed weekday, shops closed at random on one day in a hundred: below 0.75 % at most on 1 % of ends."""
    random = np.random.default_rng(int(rate * 10))
    called = ends = 0
    for _ in range(150):
        counts = random.poisson(rate, 364).astype(float)
        counts[6::7] = 0
        counts[random.random(364) < 0.01] = 0
        for end in range(140, 364, 28):
            chance = silence_chance(days(counts[: end + int(random.integers(0, 28))]))
            called += chance is not None and chance < 0.0075
            ends += 1
    assert called / ends <= 0.01 + 2 * np.sqrt(0.01 * 0.99 / ends)


def test_a_group_is_compared_with_its_own_rhythm() -> None:
    steady, seldom = Regularity(300, {}, 4), Regularity(100, {1: 40, 2: 20, 5: 24}, 4)
    assert stopped_chances([steady, *[Regularity(290, {1: 10}, 0)] * 5], 300)[0] < 0.0025
    assert (
        stopped_chances([seldom, *[Regularity(290, {1: 10}, 0)] * 5], 300)[0] == 1.0
    )  # it does not send on most days


def test_what_a_group_or_others_have_survived_is_less_surprising() -> None:
    others = [Regularity(290, {1: 3}, 0)] * 20
    alone = stopped_chances([Regularity(280, {1: 3}, 8), *others], 300)[0]
    assert alone < 0.5 / 301
    assert stopped_chances([Regularity(272, {1: 3, 8: 1}, 8), *others], 300)[0] > 0.0025
    # others that are as regular, silent for as long, sent again
    survivors = [Regularity(600, {1: 3, 8: 1}, 0)] * 10
    assert stopped_chances([Regularity(272, {1: 3, 8: 1}, 9), *others, *survivors], 300)[0] > 0.02


def test_groups_that_still_send_are_seldom_called_stopped() -> None:
    """Forty shops that pause by chance, a pause going on with three chances in ten: any is called on 1 % of days at most."""
    random = np.random.default_rng(5)
    called = ends = 0
    for _ in range(60):
        sent = np.ones((40, 400), dtype=bool)
        pauses = random.uniform(0.001, 0.1, 40)
        for day in range(1, 400):
            sent[:, day] = random.random(40) >= np.where(sent[:, day - 1], pauses, 0.3)
        for end in range(200, 400, 20):
            called += min(stopped_chances([_rhythm(row[:end]) for row in sent], end)) < 0.0025
            ends += 1
    assert called / ends <= 0.01 + 2 * np.sqrt(0.01 * 0.99 / ends)


def _rhythm(sent: np.ndarray) -> Regularity:
    places = np.flatnonzero(sent)
    lengths, many = np.unique(np.diff(places) - 1, return_counts=True)
    gaps = {int(length): int(count) for length, count in zip(lengths, many, strict=True) if length}
    return Regularity(len(places), gaps, len(sent) - 1 - int(places[-1]))
