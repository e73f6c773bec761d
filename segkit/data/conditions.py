"""The small language of rules: a condition on a customer or another row, written as in SQL, and read node by node.

sqlglot parses the text. Every node of the result is looked up in a list of what is allowed, and becomes an Ibis node. No
part of the text reaches an engine as text: names become columns of the table, and strings and numbers become literals.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol

import ibis
import ibis.expr.types as ir
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from segkit.data.schema import Money
from segkit.data.specfile import suggestion
from segkit.errors import ParameterError


class ByName(Protocol):
    """Columns by name, as a table has them."""

    @property
    def columns(self) -> Sequence[str]: ...

    def __getitem__(self, name: str, /) -> Any: ...


Node = Any
"""A node of sqlglot's tree. Its classes are distinguished at run time."""

LONGEST: Final = 4_000
"""Most characters of one condition."""

_CUSTOMERS: Final = "the customer table"
_DEEPEST: Final = 100
_COMPARISONS: Final[Mapping[Any, Callable[[Any, Any], Any]]] = {
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
}
_ARITHMETIC: Final[Mapping[Any, Callable[[Any, Any], Any]]] = {
    exp.Add: lambda a, b: a + b,
    exp.Sub: lambda a, b: a - b,
    exp.Mul: lambda a, b: a * b,
    exp.Div: lambda a, b: a / b.nullif(0.0),  # engines disagree on a division by zero; here the result is unknown
}
_NUMBER, _TEXT, _FLAG, _DATE = "a number", "text", "yes or no", "a date"
_FUNCTIONS: Final[Mapping[Any, tuple[str, Callable[[Any], Any]]]] = {
    exp.Abs: (_NUMBER, lambda v: v.abs()),
    exp.Floor: (_NUMBER, lambda v: v.floor()),
    exp.Ceil: (_NUMBER, lambda v: v.ceil()),
    exp.Lower: (_TEXT, lambda v: v.lower()),
    exp.Upper: (_TEXT, lambda v: v.upper()),
    exp.Length: (_TEXT, lambda v: v.length()),
    exp.Year: (_DATE, lambda v: v.year()),
    exp.Month: (_DATE, lambda v: v.month()),
}
_SEVERAL: Final[Mapping[Any, Callable[..., Any]]] = {
    exp.Coalesce: ibis.coalesce,
    exp.Least: ibis.least,
    exp.Greatest: ibis.greatest,
}
FUNCTIONS: Final = (
    *("abs", "floor", "ceil", "lower", "upper", "length", "year", "month"),
    *("coalesce", "least", "greatest"),
)
"""The functions that a condition may call."""


def read_condition(
    text: str,
    rows: ByName,
    money: Money,
    where: str,
    *,
    amounts: frozenset[str],
    of: str = _CUSTOMERS,
) -> ir.BooleanValue:
    """Read a condition as an expression on the customer table, or on another one.

    Args:
        text: the condition, such as `country = 'DE' and revenue > 500`. Amounts are in major units. NULL is unknown,
            as in SQL.
        rows: the table, or columns by name. The condition may use their names.
        money: how amounts are kept.
        where: what the condition belongs to, for error messages.
        amounts: the table's columns in minor units. In a condition they are in major units, as people write them.
        of: what the table is called in error messages.

    Raises:
        ParameterError: the text is not one condition, uses what is not allowed, or does not fit the columns' types.
    """
    return _Reader(text, rows, money, where, amounts, of).read()


def names_in(text: str) -> tuple[str, ...]:
    """Return the columns that a condition names, each once, in order; none where it cannot be read, which
    `read_condition` says.

    >>> names_in("country = 'DE' and lower(plan) in ('s', 'm') and country <> 'x'")
    ('country', 'plan')
    """
    if len(text) > LONGEST:
        return ()
    try:
        parsed = [one for one in sqlglot.parse(text) if one is not None]
    except (SqlglotError, RecursionError):
        return ()
    return tuple(dict.fromkeys(column.name for one in parsed for column in one.find_all(exp.Column)))


class _Reader:
    """The way of one text from parsed nodes to an expression."""

    def __init__(self, text: str, rows: ByName, money: Money, where: str, amounts: frozenset[str], of: str) -> None:
        self.text, self.rows, self.money, self.where, self.amounts, self.of = text, rows, money, where, amounts, of

    def read(self) -> ir.BooleanValue:
        if len(self.text) > LONGEST:
            self.refuse(None, f"is longer than {LONGEST:,} characters")
        try:
            parsed = sqlglot.parse(self.text)
            statements = [statement for statement in parsed if statement is not None]
            if len(statements) != 1 or len(parsed) != 1:
                second = statements[1] if len(statements) > 1 else None
                self.refuse(second, f"must be one condition; {len(statements)} statements were found")
            value = self.value(statements[0], 0)
            if kind_of_value(value) != _FLAG:
                one = "a customer" if self.of == _CUSTOMERS else "a row"
                self.refuse(statements[0], f"must be true or false of {one}, and is {kind_of_value(value)}")
        except ParameterError:
            raise
        except SqlglotError as error:
            found = getattr(error, "errors", None) or [{}]
            place = f" at character {found[0]['col']}" if found[0].get("col") else ""
            self.refuse(None, f"is not readable{place}. Write such as `age > 30 and city = 'Bonn'`")
        except RecursionError:
            self.refuse(None, "is nested too deeply")
        except Exception as error:  # noqa: BLE001 - Ibis refuses ill-typed expressions with errors of many classes
            self.refuse(None, f"does not fit its columns ({type(error).__name__})")
        return value

    def refuse(self, node: Node, what: str) -> NoReturn:
        """Raise an error with the text of the condition, and with the place in it where that is known."""
        place = self.place(node)
        shown = self.text if len(self.text) <= 300 else self.text[:299] + "…"
        at = f", character {place[0] + 1} (`{self.text[place[0] : place[1] + 1][:60]}`)" if place else ""
        raise ParameterError(f"{self.where}{at}: the condition {what}. Found: {shown}")

    def place(self, node: Node) -> tuple[int, int] | None:
        if node is None:
            return None
        spots = [n.meta for n in node.walk() if "start" in n.meta]
        if not spots:
            return None
        return min(m["start"] for m in spots), max(m["end"] for m in spots)

    def value(self, node: Node, depth: int) -> Any:
        if depth > _DEEPEST:
            self.refuse(None, "is nested too deeply")
        kind, inner = type(node), depth + 1
        if kind is exp.Paren:
            return self.value(node.this, inner)
        if kind in (exp.And, exp.Or):
            left, right = self.typed(node.this, _FLAG, inner), self.typed(node.expression, _FLAG, inner)
            return left & right if kind is exp.And else left | right
        if kind is exp.Not:
            return ~self.typed(node.this, _FLAG, inner)
        if kind in _COMPARISONS:
            left, right = self.pair(node, node.this, node.expression, inner)
            return _COMPARISONS[kind](left, right)
        if kind is exp.Between:
            low = self.pair(node, node.this, node.args["low"], inner)
            high = self.pair(node, node.this, node.args["high"], inner)
            return (low[0] >= low[1]) & (high[0] <= high[1])
        if kind is exp.In:
            return self.one_of(node, inner)
        if kind in (exp.Like, exp.ILike):
            return self.like(node, inner)
        if kind is exp.Is:
            return self.being(node, inner)
        if kind in _ARITHMETIC:
            # floats, since a product of whole numbers would overflow on some engines
            left = self.typed(node.this, _NUMBER, inner).cast("float64")
            right = self.typed(node.expression, _NUMBER, inner).cast("float64")
            return _ARITHMETIC[kind](left, right)
        if kind is exp.Neg:
            if isinstance(node.this, exp.Literal) and not node.this.is_string:
                return ibis.literal(-self.number(node.this))
            return -self.typed(node.this, _NUMBER, inner)
        if kind in _FUNCTIONS and all(not v for k, v in node.args.items() if k not in ("this", "binary", "encoding")):
            wanted, call = _FUNCTIONS[kind]
            return call(self.typed(node.this, wanted, inner))
        if kind in _SEVERAL:
            return self.of_several(node, inner)
        if kind is exp.Column:
            return self.column(node)
        if kind is exp.Literal:
            return ibis.literal(self.text_of(node) if node.is_string else self.number(node))
        if kind is exp.Boolean:
            return ibis.literal(bool(node.this))
        if kind is exp.Cast and node.to.this == exp.DataType.Type.DATE and node.this.is_string:
            return self.date(node.this)
        return self.not_allowed(node)

    def not_allowed(self, node: Node) -> NoReturn:
        if isinstance(node, exp.Func):
            name = str(node.this) if isinstance(node, exp.Anonymous) else node.sql_name().lower()
            self.refuse(node, f"calls `{name}`, which is not among {', '.join(FUNCTIONS)}")
        self.refuse(node, f"uses {type(node).__name__.upper()}, which is not allowed in a condition")

    def typed(self, node: Node, wanted: str, depth: int) -> Any:
        found = self.value(node, depth)
        if kind_of_value(found) != wanted:
            self.refuse(node, f"needs {wanted} here and finds {kind_of_value(found)}")
        return found

    def pair(self, node: Node, left: Node, right: Node, depth: int) -> tuple[Any, Any]:
        """Return two values that may be compared. A text beside a date is read as a date."""
        a, b = self.value(left, depth), self.value(right, depth)
        if kind_of_value(a) == _DATE and isinstance(right, exp.Literal) and right.is_string:
            b = self.date(right)
        if kind_of_value(b) == _DATE and isinstance(left, exp.Literal) and left.is_string:
            a = self.date(left)
        if kind_of_value(a) != kind_of_value(b):
            self.refuse(node, f"compares {kind_of_value(a)} with {kind_of_value(b)}")
        if kind_of_value(a) == _FLAG and not isinstance(node, exp.EQ | exp.NEQ):
            self.refuse(node, "asks which of yes and no is greater")
        return a, b

    def one_of(self, node: Node, depth: int) -> Any:
        items = node.expressions
        if not items or any(value for key, value in node.args.items() if key not in ("this", "expressions")):
            self.refuse(node, "may use IN with a list of values only")
        found = None
        for item in items:
            a, b = self.pair(node, node.this, item, depth)
            found = (a == b) if found is None else found | (a == b)
        return found

    def like(self, node: Node, depth: int) -> Any:
        value = self.typed(node.this, _TEXT, depth)
        pattern = node.expression
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            self.refuse(node, "may use LIKE with a pattern in quotes only")
        text = self.text_of(pattern)
        if "\\" in text:
            self.refuse(pattern, "has a backslash in a pattern, which engines read differently")
        found = value.like(text) if isinstance(node, exp.Like) else value.ilike(text)
        return ~found if node.args.get("negate") else found

    def being(self, node: Node, depth: int) -> Any:
        if isinstance(node.expression, exp.Null):
            found = self.value(node.this, depth).isnull()
        elif isinstance(node.expression, exp.Boolean):
            wanted = bool(node.expression.this)
            found = (self.typed(node.this, _FLAG, depth) == wanted).fill_null(False)
        else:
            self.refuse(node, "may use IS with NULL, TRUE and FALSE only")
        return ~found if node.args.get("negate") else found

    def of_several(self, node: Node, depth: int) -> Any:
        parts = [node.this, *node.expressions]
        values = [self.value(part, depth) for part in parts]
        kinds = {kind_of_value(value) for value in values}
        if len(kinds) > 1:
            self.refuse(node, f"mixes {' and '.join(sorted(kinds))} in one call")
        if kinds == {_NUMBER}:
            values = [value.cast("float64") for value in values]
        if isinstance(node, exp.Least | exp.Greatest) and kinds != {_NUMBER} and kinds != {_DATE}:
            self.refuse(node, "asks for the least or greatest of what has no order")
        return _SEVERAL[type(node)](*values)

    def column(self, node: Node) -> Any:
        if node.args.get("table") is not None:
            self.refuse(node, "names a table; write the column's name alone")
        name = node.name
        if name not in self.rows.columns or name.startswith("_"):
            self.refuse(node, f"names `{name[:80]}`, not a column of {self.of}.{self.nearby(name)}")
        value = self.rows[name]
        if name in self.amounts:
            return value.cast("float64") / float(10**self.money.decimals)
        if kind_of_value(value) == "something else":
            self.refuse(node, f"uses `{name}`, which holds {value.type()}")
        return value.date() if isinstance(value, ir.TimestampValue) else value

    def nearby(self, name: str) -> str:
        return suggestion(name, self.rows.columns)[:400].rstrip(".?") + ("?" if name else "")

    def number(self, node: Node) -> int | float:
        text = str(node.this)
        try:
            number: int | float = int(text)
        except ValueError:
            try:
                number = float(text)
            except ValueError:
                self.refuse(node, "has a number that is not readable")
        if isinstance(number, int) and abs(number) >= 2**63:
            self.refuse(node, "has a number beyond 64 bits")
        if not math.isfinite(number):
            self.refuse(node, "has a number that is not finite")
        return number

    def text_of(self, node: Node) -> str:
        text = str(node.this)
        if "${" in text:
            self.refuse(node, "has `${` in a text, which Spark would replace")
        if "\x00" in text:
            self.refuse(node, "has a NUL character in a text")
        return text

    def date(self, node: Node) -> Any:
        try:
            return ibis.date(dt.date.fromisoformat(str(node.this)))
        except ValueError:
            self.refuse(node, "has a date that is not one; write it as '2017-12-24'")


def kind_of_value(value: Any) -> str:
    """Name what a value is in words, by the few kinds that may be compared with each other."""
    if isinstance(value, ir.BooleanValue):
        return _FLAG
    if isinstance(value, ir.NumericValue):
        return _NUMBER
    if isinstance(value, ir.StringValue):
        return _TEXT
    if isinstance(value, ir.DateValue | ir.TimestampValue):
        return _DATE
    return "something else"
