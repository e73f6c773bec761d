"""Segments by needs and attitudes: latent classes of survey answers, for those who answered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import reduce
from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from segkit.customers.partition import FitRecord
from segkit.data.engine import MOST_ROWS
from segkit.data.reading import FALSE_WORDS, TRUE_WORDS
from segkit.data.specfile import suggestion
from segkit.errors import DataError, ModelError, ParameterError
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.segments.kinds.typing_features import TypingPredictor, predictors, respondents, typed
from segkit.segments.models.latent_class import MISSING, LatentClasses, choose_latent_classes, fit_latent_classes
from segkit.segments.models.typing_model import TypingModel, fit_typing_model
from segkit.statistics.told import Figure, Quoted, Told

_LEVELS: Final = 25
_QUESTIONS: Final = 30
_LEAST: Final = 100
_BOOTSTRAPS: Final = 5
_CLASS, _ANSWERED = "_class", "_answered"
_ANSWERS: Final = frozenset(
    (
        "agree",
        "disagree",
        "neutral",
        "always",
        "often",
        "sometimes",
        "rarely",
        "never",
        "maybe",
        "unsure",
        "don't know",
    )
)


class Needs(SegmentationKind):
    """Groups of respondents who answer alike: latent class analysis of the table survey.

    Each respondent belongs to the class that their answers make most probable. The fit uses the weights of respondents,
    and answers may be missing. The number of classes is the one with the lowest BIC; if that is one, there are no groups
    and everyone is Unassigned.

    Customers who have not answered by the date are Unassigned: segkit does not guess what they would have said, unless
    `typing` names columns that are known for everybody. A typing model then assigns those who did not answer, if it is
    right often enough: it must give held-out respondents the class that follows from their answers. If it is not, they
    stay Unassigned. The page states its accuracy in either case.

    The distinct answer patterns leave the engine with their counts; for a typing model, so do the features of
    respondents, without ids. Each is limited to 20,000.
    """

    model_name: ClassVar[str] = "needs-based"
    ordered: ClassVar[bool] = False

    kind: Literal["needs"]
    model: MarketingModel | None = None
    questions: tuple[str, ...] = Field(default=(), max_length=_QUESTIONS, description="all of them if not given")
    most: int = Field(default=6, ge=2, le=10, description="largest number of classes")
    least_answers: int = Field(default=2, ge=1, description="answers from which a respondent is given a class")
    seed: int = Field(default=0, ge=0, description="of the random starts")
    typing: tuple[str, ...] = Field(default=(), max_length=20, description="columns that classes are told from")
    typing_least: float = Field(
        default=0.6, gt=0, le=1, description="held-out accuracy from which others are classed"
    )

    _asked: tuple[str, ...] = PrivateAttr(default=())
    _levels: dict[str, tuple[str, ...]] = PrivateAttr(default_factory=dict)
    _model: LatentClasses | None = PrivateAttr(default=None)
    _record: FitRecord | None = PrivateAttr(default=None)
    _typing: tuple[tuple[TypingPredictor, ...], TypingModel] | None = PrivateAttr(default=None)

    def default_title(self) -> str:
        return "Needs"

    def fit_record(self) -> FitRecord | None:
        return self._record

    def ask(self, customers: ir.Table, context: Context) -> None:
        _ask_survey(context)
        day = context.engine.collect(customers.aggregate(day=customers.as_of.max()))["day"].iloc[0]
        if day is not None and not pd.isna(day):
            self._learn_levels(dt.date.fromisoformat(str(day)[:10]), context)
        predictors(customers, self.typing, context.engine)

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        _ask_survey(context)
        method = "Latent class analysis of survey answers."
        day = context.engine.collect(customers.aggregate(day=customers.as_of.max()))["day"].iloc[0]
        if day is None or pd.isna(day):
            self._record = FitRecord(method, 0, found=False, notes=("There are no customers.",))
            return []
        self._learn_levels(dt.date.fromisoformat(str(day)[:10]), context)
        frame = self._patterns(customers, context)
        count = int(frame["n"].sum()) if len(frame) else 0
        if count < _LEAST:
            why = Told.of(
                "Only {count} {unit} answered; from {least} on there is something to find.",
                count=Figure(count, "count"),
                unit=Quoted(context.unit_name),
                least=Figure(_LEAST, "count"),
            )
            self._record = FitRecord(method, len(frame), found=False, notes=(why,))
            return []
        codes = np.column_stack(
            [
                frame[f"q{i}"].map({level: code for code, level in enumerate(self._levels[question])}).fillna(MISSING)
                for i, question in enumerate(self._asked)
            ]
        ).astype(np.int64)
        number, weight = (frame[name].to_numpy(dtype=np.float64) for name in ("n", "w"))
        models = choose_latent_classes(codes, number, weights=weight, most=self.most, seed=self.seed)
        best = models[0]
        if best.classes == 1:
            why = Told.of("No groups: one class describes the answers best (lowest BIC).")
            self._record = FitRecord(method, len(frame), found=False, notes=(why,))
            return []
        stability = self._stability(best, codes, number, weight)
        note = Told.of(
            "BIC {bic} (next best {next} with {classes}); entropy {entropy}."
            + (
                " The search ended at its cap of {most} classes; more might describe the answers more closely "
                "(`most`)."
                if best.classes == self.most
                else ""
            ),
            bic=Figure(round(best.bic), "count"),
            next=Figure(round(models[1].bic), "count"),
            classes=Figure(models[1].classes, "count"),
            entropy=Figure(round(best.entropy, 2), "index"),
            most=Figure(self.most, "count"),
        )
        self._model = best
        others = self._learn_typing(customers, context) if self.typing else "Who did not answer is Unassigned."
        self._record = FitRecord(
            Told.of(
                "Latent class analysis of {questions} questions answered by {count} {unit}; {classes} classes by BIC.",
                questions=Figure(len(self._asked), "count"),
                count=Figure(count, "count"),
                unit=Quoted(context.unit_name),
                classes=Figure(best.classes, "count"),
            ),
            len(frame),
            stability=stability,
            notes=(note, others),
        )
        return self._named(best)

    def _learn_levels(self, day: dt.date, context: Context) -> None:
        """Learn the questions and their answers, by the end of a day."""
        survey = self._survey(context).filter(lambda t: t["_day"] <= ibis.date(day))
        counts = survey.group_by("question", "answer").aggregate(n=survey.count())
        frame = context.engine.collect(counts.filter(counts.answer.notnull()).order_by("question", "answer"))
        there = sorted(frame["question"].astype(str).unique())
        unknown = [question for question in self.questions if question not in there]
        if unknown and there:
            raise ParameterError(
                f"segmentation needs: the survey has no question `{unknown[0]}`.{suggestion(unknown[0], there)}"
            )
        self._asked = tuple(question for question in self.questions or there if question in there)[:_QUESTIONS]
        for question in self._asked:
            mine = frame[frame["question"] == question].sort_values(["n", "answer"], ascending=[False, True])
            self._levels[question] = tuple(sorted(str(answer) for answer in mine["answer"].head(_LEVELS)))

    def _survey(self, context: Context) -> ir.Table:
        survey = context.tables["survey"]
        day = survey.time.date() if "time" in survey.columns else ibis.date(dt.date(1900, 1, 1))
        weight = survey.weight.fill_null(1.0) if "weight" in survey.columns else ibis.literal(1.0)
        return survey.mutate(_day=day, _weight=weight.cast("float64"))

    def _wide(self, survey: ir.Table) -> ir.Table:
        """Lay out one row per respondent: q0, q1 …, how many were answered, the weight, and the day of the last
        answer.
        """
        known = {}
        for i, question in enumerate(self._asked):
            valid = (survey.question == question) & survey.answer.isin(self._levels[question])
            known[f"q{i}"] = survey.answer.max(where=valid)
        wide = survey.group_by("customer_id").aggregate(**known, w=survey["_weight"].max(), day=survey["_day"].max())
        given = reduce(lambda a, b: a + b, (wide[name].notnull().ifelse(1, 0) for name in known))
        return wide.mutate(given=given).filter(lambda t: t.given >= self.least_answers)

    def _patterns(self, customers: ir.Table, context: Context) -> pd.DataFrame:
        """Return the distinct answer patterns, from a systematic sample of respondents where there are too many."""
        if not self._asked:
            return pd.DataFrame({"n": [], "w": []})
        wide = self._answered_by(customers, context)
        questions = [f"q{i}" for i in range(len(self._asked))]
        count = int(context.engine.collect(wide.aggregate(n=wide.count()))["n"].iloc[0])
        step = -(-count // MOST_ROWS) or 1
        if step > 1:
            numbered = wide.mutate(_n=ibis.row_number().over(order_by=wide.customer_id).cast("float64"))
            wide = numbered.filter(numbered["_n"] - (numbered["_n"] / float(step)).floor() * float(step) == 0.0)
        patterns = wide.group_by(*questions).aggregate(n=wide.count(), w=wide.w.sum())
        return context.engine.collect(patterns.order_by(*questions))

    def _answered_by(self, customers: ir.Table, context: Context) -> ir.Table:
        """Return the respondents among the customers, with the answers given by the customer table's date."""
        survey = self._survey(context)
        mine = customers.select(_who=customers.customer_id, _until=customers.as_of)
        joined = survey.join(mine, survey.customer_id == mine["_who"])
        return self._wide(joined.filter(joined["_day"] <= joined["_until"]))

    def _stability(
        self, model: LatentClasses, codes: NDArray[np.int64], number: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> float | None:
        """Compute the mean adjusted Rand index between the classes and those of fits to bootstrap samples."""
        from sklearn.metrics import adjusted_rand_score

        own = model.posterior(codes).argmax(axis=1)
        rng = np.random.default_rng(self.seed)
        scores = []
        levels = [profile.shape[1] for profile in model.profiles]
        for _ in range(_BOOTSTRAPS):
            drawn = rng.multinomial(int(number.sum()), number / number.sum()).astype(np.float64)
            there = drawn > 0
            each = weight[there] / number[there] * drawn[there]
            if int(there.sum()) < model.classes:
                continue
            other = fit_latent_classes(
                codes[there], drawn[there], model.classes, weights=each, levels=levels, starts=8, seed=self.seed
            )
            # each pattern counts as many respondents as gave it
            theirs = np.repeat(other.posterior(codes).argmax(axis=1), number.astype(np.int64))
            scores.append(adjusted_rand_score(np.repeat(own, number.astype(np.int64)), theirs))
        return float(np.mean(scores)) if scores else None

    def _learn_typing(self, customers: ir.Table, context: Context) -> str:
        """Fit a typing model, keep it if it is right often enough, and say so."""
        features = predictors(customers, self.typing, context.engine)
        names = Quoted(", ".join(column.replace("_", " ") for column in self.typing))
        try:
            known = respondents(customers, self._classes(customers, context), features, context.engine)
            model = fit_typing_model(*known, seed=self.seed)
        except ModelError as error:
            return Told.of(
                "No typing model from {names}: {why} Who did not answer is Unassigned.", names=names, why=error.told
            )
        said = Told.of(
            "A typing model from {names} gives {right} of held-out respondents their class (the largest class alone: "
            "{largest})",
            names=names,
            right=Figure(model.accuracy, "share"),
            largest=Figure(model.baseline, "share"),
        )
        if model.accuracy < self.typing_least or model.accuracy_low <= model.baseline:
            return Told.of(
                "{said}: too few (at least {least}), so that who did not answer is Unassigned.",
                said=said,
                least=Figure(self.typing_least, "share"),
            )
        self._typing = (features, model)
        return Told.of("{said}; who did not answer, but of whom some of that is known, is classed by it.", said=said)

    def _named(self, model: LatentClasses) -> list[tuple[str, str]]:
        """Name the classes after the answers that set them apart most, with the question where an answer needs it."""
        answers = [(q, level) for q in self._asked for level in self._levels[q]]
        given = Counter(level.casefold() for _, level in answers)
        called = [
            f"{question.replace('_', ' ')}: {level}" if given[level.casefold()] > 1 or _says_nothing(level) else level
            for question, level in answers
        ]
        flat = np.hstack(model.profiles)
        apart = flat - model.shares @ flat
        ranks = [np.argsort(-row, kind="stable") for row in apart]
        for many in range(2, 6):
            names = [", ".join(called[i] for i in rank[:many]) for rank in ranks]
            if len(set(names)) == len(names):
                break
        names = [name if names.count(name) == 1 else f"{name} ({i + 1})" for i, name in enumerate(names)]
        words = []
        for c, rank in enumerate(ranks):
            parts = [
                Told.of(
                    "{answer} ({share})",
                    answer=Quoted(f"{answers[i][0].replace('_', ' ')}: {answers[i][1]}"),
                    share=Figure(float(flat[c, i]), "share"),
                )
                for i in rank[:3]
            ]
            words.append(Told.of("Most apt to answer {parts}.", parts=Told.joined(parts, "; ")))
        return [(name[:1].upper() + name[1:], text) for name, text in zip(names, words, strict=True)]

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        if self._model is None:
            return customers
        classes = self._classes(customers, context)
        joined = customers.left_join(classes, customers.customer_id == classes["_respondent"])
        if self._typing is None:
            return joined
        columns = [joined[name] for name in customers.columns]
        return joined.select(*columns, ibis.coalesce(joined[_CLASS], typed(joined, *self._typing)).name(_CLASS))

    def _classes(self, customers: ir.Table, context: Context) -> ir.Table:
        """Return each respondent's most probable class, as `_respondent` and `_class`."""
        assert self._model is not None, "fitted"
        wide = self._answered_by(customers, context)
        joint = {}
        for c in range(self._model.classes):
            # cast, because DuckDB reads a plain number as a decimal, and sums of decimals overflow
            terms: list[ir.FloatingValue] = [_float(np.log(self._model.shares[c]))]
            for i, question in enumerate(self._asked):
                logs = np.log(np.maximum(self._model.profiles[i][c], 1e-12))
                levels = zip(self._levels[question], logs, strict=True)
                branches = [(wide[f"q{i}"] == level, _float(x)) for level, x in levels]
                terms.append(ibis.cases(*branches, else_=_float(0.0)))
            joint[f"_l{c}"] = reduce(lambda a, b: a + b, terms)
        scored = wide.mutate(**joint)
        top = ibis.greatest(*(scored[name] for name in joint))
        best = ibis.cases(*((scored[name] == top, c) for c, name in enumerate(joint)), else_=ibis.null("int64"))
        return scored.select(_respondent=scored.customer_id, **{_CLASS: best})

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        if self._model is None:
            return ibis.null("int64")
        return customers[_CLASS].cast("int64")


def _ask_survey(context: Context) -> None:
    if "survey" not in context.tables:
        raise DataError(
            "segmentation needs: the dataset has no table survey, so that no answers are known. Add it under `tables`."
        )


def _says_nothing(answer: str) -> bool:
    """Return whether an answer means nothing without its question.

    >>> _says_nothing("Yes"), _says_nothing("3"), _says_nothing("Price")
    (True, True, False)
    """
    word = answer.strip().casefold()
    return word in TRUE_WORDS or word in FALSE_WORDS or word in _ANSWERS or not any(sign.isalpha() for sign in word)


def _float(value: float) -> ir.FloatingValue:
    return ibis.literal(round(float(value), 9)).cast("float64")
