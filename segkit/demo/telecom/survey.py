"""The survey: who answers, with what weight, and what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from segkit.demo.telecom.arrow_columns import DAY, SECOND, labels, numbers, times
from segkit.demo.telecom.contract_history import RUNNING, History
from segkit.demo.telecom.draws import Draws, pick
from segkit.demo.telecom.months import Months
from segkit.demo.telecom.people import People
from segkit.demo.telecom.truth import TelecomTruth

_ANSWERS = 3


def survey_table(truth: TelecomTruth, months: Months, draws: Draws, people: People, history: History) -> Any:
    """Return the chunk's rows of survey.parquet: a row for each respondent and question.

    The population are customers under contract on the survey's first day. Each responds with a probability that
    depends on age, app use and customer type; the weight is one over it, so weighted counts are unbiased.
    """
    survey = truth.survey
    day = int(np.datetime64(survey.start, "D").astype(np.int64))
    month = int(np.searchsorted(months.first, day))
    uniform = draws.uniform("survey.response", len(people.id), 2)
    response = np.full(len(people.id), survey.response)
    response *= np.where(people.business, survey.response_business, 1.0)
    response *= np.where(~people.business & (people.age_group == 0), survey.response_young, 1.0)
    response *= np.where(~people.business & (people.age_group == 2), survey.response_old, 1.0)
    response *= np.where(people.app, survey.response_app, 1.0)
    row = np.flatnonzero((history.first[:, month] == 0) & (uniform[:, 0] < response))
    end = history.end[history.contract[row, month], row]
    latest = np.where(end == RUNNING, day + survey.days - 1, np.minimum(end, day + survey.days - 1))
    when = uniform[row, 1] * (latest - day + 1)
    answered = day + when.astype(np.int64)
    second = (8 * 3_600 + (when % 1.0) * 13 * 3_600).astype(np.int64)

    questions = len(survey.questions)
    favourite = np.array([group.favourite for group in truth.need_groups])[people.need[row]]
    drawn = draws.uniform("survey.answers", len(row), questions, 2)
    rest = (1.0 - survey.favourite_probability) / (_ANSWERS - 1)
    weights = np.array([survey.favourite_probability, *[rest] * (_ANSWERS - 1)])
    # 0 stands for the favourite; the others follow round the circle.
    step = pick(drawn[:, :, 0].ravel(), weights).reshape(len(row), questions)
    answer = (favourite + step) % _ANSWERS + _ANSWERS * np.arange(questions)
    answer = np.where(drawn[:, :, 1] < survey.missing, -1, answer)
    names = [name for answers in survey.answers for name in answers]
    distinct = list(dict.fromkeys(names))
    code = np.array([distinct.index(name) for name in names])
    return pa.table(
        {
            "customer_id": numbers(np.repeat(people.id[row], questions)),
            "question": labels(np.tile(np.arange(questions), len(row)), survey.questions),
            "answer": labels(np.where(answer < 0, -1, code[answer]).ravel(), distinct),
            "time": times(np.repeat(answered * DAY + second * SECOND, questions)),
            "weight": numbers(np.repeat(1.0 / response[row], questions)),
        }
    )
