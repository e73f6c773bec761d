"""Who the customers are: type, age, household, place, device, groups and attitudes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.arrays import Flags, Floats, Whole
from segkit.demo.telecom.draws import Draws, pick_by
from segkit.demo.telecom.places import PLACES
from segkit.demo.telecom.truth import TelecomTruth

FAMILIES = ("prepaid", "postpaid", "business")
PREPAID, POSTPAID, BUSINESS = range(3)
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
AGE_EDGES = (18, 25, 35, 45, 55, 65, 90)
AGE_SHARES = (0.12, 0.20, 0.19, 0.18, 0.16, 0.15)
GENDERS = ("female", "male", "other")
MARITAL = ("single", "married", "divorced", "widowed")
INCOMES = ("under 20k", "20k-40k", "40k-60k", "60k-100k", "over 100k")
DEVICES = ("smartphone", "feature phone", "tablet", "router")
SYSTEMS = ("Android", "iOS", "other")
ACQUISITION = ("web", "shop", "telesales", "partner", "referral")
SIZES = ("1-9", "10-49", "50-249", "250+")
INDUSTRIES = ("retail", "construction", "hospitality", "health", "services", "manufacturing", "public")

_PREPAID_BY_AGE = np.array([0.55, 0.42, 0.33, 0.30, 0.33, 0.40])
_APP_BY_AGE = np.array([0.80, 0.75, 0.62, 0.50, 0.36, 0.22])
_LINES = np.array([[1, 5], [5, 20], [20, 100], [100, 400]])


@dataclass(frozen=True)
class People:
    """One chunk of customers; every array has one entry per customer. Codes index the tuples of this module.

    Attributes:
        id: customer_id, 1 for the first customer.
        family: plan family.
        age: index into AGE_BANDS; of a business the (unused) age of its contact.
        birth_year: year.
        place: index into PLACES.
        app: uses the app.
        acquisition, gender, marital, income, device, system, size, industry: codes, −1 where not known or not
            applicable.
        household: persons; −1 where not known.
        lines: lines of a business, 1 for consumers.
        behaviour, need: planted groups, by their order in the truth.
        attitudes: (customers, ratings) 1 to 5, 0 where not known.
    """

    id: Whole
    family: Whole
    age: Whole
    birth_year: Whole
    place: Whole
    app: Flags
    acquisition: Whole
    gender: Whole
    marital: Whole
    income: Whole
    household: Whole
    device: Whole
    system: Whole
    size: Whole
    industry: Whole
    lines: Whole
    behaviour: Whole
    need: Whole
    attitudes: Whole

    @property
    def business(self) -> Flags:
        """Companies."""
        return np.asarray(self.family == BUSINESS)

    @property
    def age_group(self) -> Whole:
        """0 under 35, 1 for 35 to 54, 2 from 55 on."""
        return self.age // 2


def draw_people(truth: TelecomTruth, draws: Draws, first_id: int, size: int) -> People:
    """Simulate the customers first_id … first_id + size − 1."""
    business = draws.uniform("people.business", size) < truth.business
    age = draws.choice("people.age", size, AGE_SHARES)
    edges = np.asarray(AGE_EDGES)
    years = edges[age] + (draws.uniform("people.years", size) * (edges[age + 1] - edges[age])).astype(np.int64)
    prepaid = draws.uniform("people.prepaid", size) < _PREPAID_BY_AGE[age]
    family = np.where(business, BUSINESS, np.where(prepaid, PREPAID, POSTPAID)).astype(np.int64)
    app = draws.uniform("people.app", size) < np.where(business, 0.45, _APP_BY_AGE[age])
    marital_weights = np.array([[0.90, 0.09, 0.01, 0.0], [0.45, 0.47, 0.08, 0.0], [0.22, 0.60, 0.16, 0.02]])
    marital = draws.choice_by("people.marital", age // 2, marital_weights)
    married = (marital == 1).astype(np.int64)
    household_weights = np.array([[0.55, 0.22, 0.13, 0.07, 0.03], [0.0, 0.45, 0.25, 0.20, 0.10]])
    household = draws.choice_by("people.household", married, household_weights) + 1
    income_weights = np.array(
        [[0.38, 0.36, 0.17, 0.07, 0.02], [0.12, 0.27, 0.29, 0.23, 0.09], [0.22, 0.33, 0.24, 0.15, 0.06]]
    )
    income = draws.choice_by("people.income", age // 2, income_weights)
    device = draws.choice_by(
        "people.device",
        business.astype(np.int64),
        np.array([[0.86, 0.06, 0.05, 0.03], [0.70, 0.04, 0.08, 0.18]]),
    )
    system_weights = np.array([[0.55, 0.44, 0.01], [0.0, 0.0, 1.0], [0.50, 0.49, 0.01], [0.0, 0.0, 1.0]])
    system = draws.choice_by("people.system", device, system_weights)
    size_code = draws.choice("people.company_size", size, (0.70, 0.21, 0.07, 0.02))
    industry = draws.choice("people.industry", size, (0.2, 0.14, 0.12, 0.13, 0.24, 0.12, 0.05))
    low, high = _LINES[size_code].T
    lines = low + (draws.uniform("people.lines", size) * (high - low + 1)).astype(np.int64)
    behaviour = _behaviour(truth, draws, business, size)
    need = _need(truth, draws, business, age, app)
    return People(
        id=np.arange(first_id, first_id + size, dtype=np.int64),
        family=family,
        age=age,
        birth_year=truth.end.year - years,
        place=draws.choice("people.place", size, [place.weight for place in PLACES]),
        app=app,
        acquisition=draws.choice("people.acquisition", size, (0.34, 0.30, 0.12, 0.14, 0.10)),
        gender=_unknown(draws, "gender", 0.03, business, draws.choice("people.gender", size, (0.5, 0.485, 0.015))),
        marital=_unknown(draws, "marital", 0.08, business, marital),
        income=_unknown(draws, "income", 0.15, business, income),
        household=_unknown(draws, "household", 0.08, business, household),
        device=_unknown(draws, "device", 0.04, np.zeros(size, dtype=bool), device),
        system=_unknown(draws, "system", 0.04, np.zeros(size, dtype=bool), system),
        size=_unknown(draws, "company_size", 0.05, ~business, size_code),
        industry=_unknown(draws, "industry", 0.05, ~business, industry),
        lines=np.where(business, lines, 1),
        behaviour=behaviour,
        need=need,
        attitudes=_attitudes(truth, draws, need),
    )


def _unknown(draws: Draws, name: str, share: float, not_applicable: Flags, values: Whole) -> Whole:
    """Put −1 where the value is not applicable or, by chance, not known."""
    hidden = draws.uniform(f"people.unknown.{name}", len(values)) < share
    return np.where(hidden | not_applicable, -1, values).astype(np.int64)


def _behaviour(truth: TelecomTruth, draws: Draws, business: Flags, size: int) -> Whole:
    weights = np.array(
        [
            [group.share for group in truth.behaviour_groups],
            [group.share_business for group in truth.behaviour_groups],
        ]
    )
    return draws.choice_by("people.behaviour", business.astype(np.int64), weights)


def _need(truth: TelecomTruth, draws: Draws, business: Flags, age: Whole, app: Flags) -> Whole:
    """Draw the need groups; their shares shift with age, app use and customer type."""
    groups = truth.need_groups
    weights = np.array(
        [
            [
                group.share
                * (group.young if young else 1.0)
                * (group.app if app_user else 1.0)
                * (group.business if company else 1.0)
                for group in groups
            ]
            for company in (False, True)
            for young in (False, True)
            for app_user in (False, True)
        ]
    )
    young = (age < 2) & ~business
    cell = business.astype(np.int64) * 4 + young * 2 + app
    return pick_by(draws.uniform("people.need", len(age)), cell, weights)


def _attitudes(truth: TelecomTruth, draws: Draws, need: Whole) -> Whole:
    """Draw the ratings from 1 to 5 around the need group's mean; a third of customers never gave any."""
    means = np.array([group.attitudes for group in truth.need_groups])
    noise: Floats = draws.normal("people.attitudes", len(need), means.shape[1])
    ratings = np.clip(np.floor(means[need] + 0.8 * noise + 0.5), 1, 5).astype(np.int64)
    asked = draws.uniform("people.attitudes.asked", len(need)) >= 1 / 3
    given = draws.uniform("people.attitudes.given", *ratings.shape) >= 0.02
    return np.where(asked[:, None] & given, ratings, 0)
