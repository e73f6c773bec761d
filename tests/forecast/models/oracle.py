"""The models' closed forms from the papers, in mpmath at many digits: what segkit's quadrature is held to.

These are the forms that lose all digits in double precision (differences of hypergeometric functions), so they are
as different from what segkit computes as two ways to the same number can be.
"""

from __future__ import annotations

import mpmath as mp

DIGITS = 60
_NUDGE = mp.mpf(10) ** -25  # off the closed forms' removable singularities; seen by no double


def beta_geometric_alive(
    r: float, alpha: float, a: float, b: float, x: int, t_x: float, T: float, *, shift: int
) -> mp.mpf:
    """P(alive) of BG/NBD (shift 0; Fader, Hardie, Lee 2008 note) and MBG/NBD (shift 1)."""
    chances = x + shift
    if chances == 0:
        return mp.mpf(1)
    ratio = (mp.mpf(alpha) + mp.mpf(T)) / (mp.mpf(alpha) + mp.mpf(t_x))
    return 1 / (1 + mp.mpf(a) / (mp.mpf(b) + chances - 1) * ratio ** (mp.mpf(r) + x))


def beta_geometric_expected(
    horizon: float, r: float, alpha: float, a: float, b: float, x: int, t_x: float, T: float, *, shift: int
) -> mp.mpf:
    """E[Y(t) | history], equation 10 of Fader, Hardie, Lee 2005, and its MBG/NBD form."""
    shape, scale, second = mp.mpf(r) + x, mp.mpf(alpha) + mp.mpf(T), mp.mpf(b) + x + shift
    first, t = mp.mpf(a), mp.mpf(horizon)
    if abs(first - 1) < _NUDGE or abs(first + second - 1) < _NUDGE:
        first += _NUDGE
    series = mp.hyp2f1(shape, second, first + second - 1, t / (scale + t))
    purchases = (first + second - 1) / (first - 1) * (1 - (scale / (scale + t)) ** shape * series)
    return purchases * beta_geometric_alive(r, alpha, a, b, x, t_x, T, shift=shift)


def pareto_alive(r: float, alpha: float, s: float, beta: float, x: int, t_x: float, T: float) -> mp.mpf:
    """P(alive) of Pareto/NBD, with A₀ as the difference of Gauss's functions (Fader, Hardie 2005 note)."""
    shape = mp.mpf(r) + x
    end_alpha, end_beta = mp.mpf(alpha) + mp.mpf(T), mp.mpf(beta) + mp.mpf(T)
    left = _left(shape, mp.mpf(s), mp.mpf(alpha), mp.mpf(beta), mp.mpf(t_x), mp.mpf(T))
    return 1 / (1 + mp.mpf(s) * left * end_alpha**shape * end_beta ** mp.mpf(s))


def pareto_log_likelihood(r: float, alpha: float, s: float, beta: float, x: int, t_x: float, T: float) -> mp.mpf:
    """ln L of one customer under Pareto/NBD."""
    shape, s_, alpha_, beta_ = mp.mpf(r) + x, mp.mpf(s), mp.mpf(alpha), mp.mpf(beta)
    left = s_ * _left(shape, s_, alpha_, beta_, mp.mpf(t_x), mp.mpf(T))
    stay = (alpha_ + mp.mpf(T)) ** -shape * (beta_ + mp.mpf(T)) ** -s_
    front = mp.loggamma(shape) - mp.loggamma(mp.mpf(r)) + mp.mpf(r) * mp.log(alpha_) + s_ * mp.log(beta_)
    return front + mp.log(stay + left)


def beta_geometric_log_likelihood(
    r: float, alpha: float, a: float, b: float, x: int, t_x: float, T: float, *, shift: int
) -> mp.mpf:
    """ln L of one customer under BG/NBD (shift 0, the paper's equation 3) or MBG/NBD (shift 1)."""
    shape, n = mp.mpf(r) + x, x + shift
    a_, b_, alpha_ = mp.mpf(a), mp.mpf(b), mp.mpf(alpha)
    stay = mp.beta(a_, b_ + n) / mp.beta(a_, b_) * (alpha_ + mp.mpf(T)) ** -shape
    left = mp.beta(a_ + 1, b_ + n - 1) / mp.beta(a_, b_) * (alpha_ + mp.mpf(t_x)) ** -shape if n > 0 else mp.mpf(0)
    return mp.loggamma(shape) - mp.loggamma(mp.mpf(r)) + mp.mpf(r) * mp.log(alpha_) + mp.log(stay + left)


def pareto_expected(
    horizon: float, r: float, alpha: float, s: float, beta: float, x: int, t_x: float, T: float
) -> mp.mpf:
    """E[Y(t) | history] of Pareto/NBD."""
    s_, t = mp.mpf(s), mp.mpf(horizon)
    if abs(s_ - 1) < _NUDGE:
        s_ += _NUDGE
    end_alpha, end_beta = mp.mpf(alpha) + mp.mpf(T), mp.mpf(beta) + mp.mpf(T)
    rate = (mp.mpf(r) + x) * end_beta / (end_alpha * (s_ - 1))
    return rate * (1 - (end_beta / (end_beta + t)) ** (s_ - 1)) * pareto_alive(r, alpha, s, beta, x, t_x, T)


def pareto_silent(
    horizon: float, r: float, alpha: float, s: float, beta: float, x: int, t_x: float, T: float
) -> mp.mpf:
    """P(no purchase in the horizon | history) of Pareto/NBD."""
    shape, s_, t = mp.mpf(r) + x, mp.mpf(s), mp.mpf(horizon)
    scale, wait = mp.mpf(alpha) + mp.mpf(T), mp.mpf(beta) + mp.mpf(T)
    stay = (scale / (scale + t)) ** shape * (wait / (wait + t)) ** s_
    left = s_ * _left(shape, s_, scale, wait, mp.mpf(0), t) * scale**shape * wait**s_
    alive = pareto_alive(r, alpha, s, beta, x, t_x, T)
    return 1 - alive + alive * (stay + left)


def pareto_discounted(
    rate: float, r: float, alpha: float, s: float, beta: float, x: int, t_x: float, T: float
) -> mp.mpf:
    """DERT by Tricomi's function, equation 3 of Fader, Hardie, Lee 2005 (RFM and CLV)."""
    wait, s_, d = mp.mpf(beta) + mp.mpf(T), mp.mpf(s), mp.mpf(rate)
    stay = d ** (s_ - 1) * wait**s_ * mp.hyperu(s_, s_, d * wait)
    purchases = (mp.mpf(r) + x) / (mp.mpf(alpha) + mp.mpf(T)) * stay
    return purchases * pareto_alive(r, alpha, s, beta, x, t_x, T)


def beta_geometric_discounted(
    rate: float,
    horizon: float,
    r: float,
    alpha: float,
    a: float,
    b: float,
    x: int,
    t_x: float,
    T: float,
    *,
    shift: int,
) -> mp.mpf:
    """Discounted purchases by integrating the purchase rate over time, with Gauss's function inside."""
    shape, scale, second = mp.mpf(r) + x, mp.mpf(alpha) + mp.mpf(T), mp.mpf(b) + x + shift
    reach = min(mp.mpf(horizon), 40 / mp.mpf(rate))

    def density(time: mp.mpf) -> mp.mpf:
        return mp.exp(-rate * time) * shape / scale * mp.hyp2f1(shape + 1, a, mp.mpf(a) + second, -time / scale)

    with mp.workdps(20):
        knots = [mp.mpf(0)] + [reach / mp.mpf(8) ** k for k in range(6, -1, -1)]
        total = mp.quad(density, knots)
    return total * beta_geometric_alive(r, alpha, a, b, x, t_x, T, shift=shift)


def _left(shape: mp.mpf, s: mp.mpf, alpha: mp.mpf, beta: mp.mpf, start: mp.mpf, end: mp.mpf) -> mp.mpf:
    """∫ (α+τ)^−shape (β+τ)^−(s+1) dτ from start to end, as a difference of two hypergeometric functions."""

    def beyond(time: mp.mpf) -> mp.mpf:
        total = shape + s
        if alpha >= beta:
            return (
                mp.hyp2f1(total, s + 1, total + 1, (alpha - beta) / (alpha + time)) / (alpha + time) ** total / total
            )
        return mp.hyp2f1(total, shape, total + 1, (beta - alpha) / (beta + time)) / (beta + time) ** total / total

    return beyond(start) - beyond(end)
