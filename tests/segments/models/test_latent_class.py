"""Latent classes: recovery of known ones, missing answers and weights, and agreement with stepmix."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from stepmix import StepMix

from segkit.errors import ModelError
from segkit.segments.models.latent_class import MISSING, choose_latent_classes, fit_latent_classes

SHARES = np.array([0.5, 0.3, 0.2])


def answers(count: int, seed: int, likely: float = 0.85) -> tuple[np.ndarray, np.ndarray]:
    """Class and (count, 8) answers of three levels; each class has a favourite."""
    rng = np.random.default_rng(seed)
    group = rng.choice(3, count, p=SHARES)
    other = rng.integers(0, 3, (count, 8))
    return group, np.where(rng.random((count, 8)) < likely, group[:, None], other)


def test_known_classes_are_recovered() -> None:
    group, codes = answers(3000, 1)
    best = choose_latent_classes(codes, np.ones(3000), most=5, starts=8)[0]
    assert best.classes == 3
    assert best.shares == pytest.approx(SHARES, abs=0.03)
    assert best.profiles[0].max(axis=1) == pytest.approx(0.9, abs=0.04)
    assert adjusted_rand_score(group, best.posterior(codes).argmax(axis=1)) > 0.98
    assert best.entropy > 0.95


def test_noise_has_one_class() -> None:
    codes = np.random.default_rng(2).integers(0, 3, (2000, 6))
    assert choose_latent_classes(codes, np.ones(2000), most=4, starts=5)[0].classes == 1


def test_one_class_is_the_product_of_the_shares_of_answers() -> None:
    _, codes = answers(500, 3)
    model = fit_latent_classes(codes, np.ones(500), 1)
    wanted = sum(
        n * np.log(n / 500) for q in range(8) for n in np.unique(codes[:, q], return_counts=True)[1].astype(float)
    )
    assert model.log_likelihood == pytest.approx(wanted)
    assert model.parameters == 16
    assert model.bic == pytest.approx(16 * np.log(500) - 2 * wanted)


def test_patterns_with_counts_are_the_same_as_respondents() -> None:
    _, codes = answers(800, 4)
    patterns, counts = np.unique(codes[:, :4], axis=0, return_counts=True)
    one_by_one = fit_latent_classes(codes[:, :4], np.ones(800), 3, starts=30)
    together = fit_latent_classes(patterns, counts, 3, starts=30)
    assert together.log_likelihood == pytest.approx(one_by_one.log_likelihood, abs=0.05)


def test_a_missing_answer_says_nothing() -> None:
    group, codes = answers(3000, 5)
    holes = np.where(np.random.default_rng(6).random(codes.shape) < 0.2, MISSING, codes)
    model = fit_latent_classes(holes, np.ones(3000), 3, starts=8)
    assert model.shares == pytest.approx(SHARES, abs=0.03)
    assert model.posterior([[MISSING] * 8])[0] == pytest.approx(model.shares)
    assert adjusted_rand_score(group, model.posterior(holes).argmax(axis=1)) > 0.95


def test_weights_bring_the_shares_back() -> None:
    group, codes = answers(6000, 7)
    answered = np.random.default_rng(8).random(6000) < np.array([0.2, 0.5, 0.9])[group]
    weight = 1 / np.array([0.2, 0.5, 0.9])[group]
    ones = np.ones(int(answered.sum()))
    weighted = fit_latent_classes(codes[answered], ones, 3, weights=weight[answered], starts=8)
    plain = fit_latent_classes(codes[answered], ones, 3, starts=8)
    assert weighted.shares == pytest.approx(SHARES, abs=0.03)
    assert abs(plain.shares - SHARES).max() > 0.05


def test_nobody_is_refused() -> None:
    with pytest.raises(ModelError, match="need respondents"):
        fit_latent_classes(np.zeros((0, 3)), np.zeros(0), 2)
    with pytest.raises(ModelError, match="answer patterns"):
        fit_latent_classes(np.zeros((1, 3)), np.ones(1), 2)


def test_it_agrees_with_stepmix() -> None:
    _, codes = answers(1500, 9, likely=0.7)
    ours = fit_latent_classes(codes, np.ones(1500), 3, starts=20)
    theirs = StepMix(
        n_components=3, measurement="categorical", n_init=5, random_state=1, abs_tol=1e-9, max_iter=3000, verbose=0
    ).fit(codes)
    assert ours.log_likelihood == pytest.approx(theirs.score(codes) * 1500, abs=0.05)
    assert ours.shares == pytest.approx(sorted(theirs.weights_, reverse=True), abs=0.002)
