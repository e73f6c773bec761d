"""A dataset file in the making, and how sure each of its lines is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from segkit.data.describing.looks import ColumnLook
from segkit.data.wording import listed, seen

_ID: Final = r"(_?id|_?nr|_?no|_?number|_?key|_?unique_?id|nummer)"
ROLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "customer_id": (
            rf"(customer|cust|client|kunden?|user|buyer|household|member|subscriber|account){_ID}?",
            "msno",
            "(customer|billing|buyer|user)?e?mail(address)?",
            "id",
        ),
        "time": (
            r"(order|invoice|purchase|transaction|sales?)?(date|time|datetime|timestamp|datum|zeit)(utc)?",
            r"(created|ordered|purchased|paid|placed|bought)(at|on|date)?(utc)?|bestelltam",
            r".*(date|time|datum|zeit|timestamp)(utc)?",
            r"day|tag|when|on",
        ),
        "amount": (
            r"(order|total|grand|net|gross|invoice|sales|transaction|gesamt|rechnungs|bestell|auftrags)?(amount|total|revenue|betrag|summe|umsatz|value)(eur|usd|gbp)?",
            r"paid|spend|sales|price|preis|dollarvalue|dollars|amountpaid",
        ),
        "order_id": (rf"(order|invoice|basket|receipt|transaction|bestell|rechnungs|increment){_ID}?", "ordernumber"),
        "product_id": (rf"(product|item|article|stock|artikel)({_ID}|code)?|sku|stockcode",),
        "quantity": (r"quantity|qty|units|pieces|menge|anzahl|numberof.*|cds",),
        "unit_price": (r"(unit|item|single|einzel|stück)?(price|preis)",),
        "category": (r"(product)?(category|kategorie)|productgroup|warengruppe",),
        "currency": (r"(order)?(currency|currencycode|waehrung|währung)",),
        "channel": (r"channel|kanal|source",),
        "store": (r"(store|shop|filiale)(id|nr|name)?",),
        "refund": (
            r"(amount|total)?refund(ed)?(amount|total)?|(rück)?erstatte?t?(ung)?(sbetrag)?|remboursé|reembolso",
        ),
        "start": (
            r"(contract|subscription|membership)?(start|begin|begun|from|started|activated|signup|signedup)(date|day|on|at)?",
            r"startdate|beginn|valid_?from",
        ),
        "end": (
            r"(contract|subscription|membership)?(end|ended|until|to|cancelled|canceled|expires?|expired|closed)(date|day|on|at)?",
            r"enddate|ende|valid_?to|churnedat|churndate",
        ),
        "status": (r"churn.*|attrition.*|exited|left|hasleft|cancelled|canceled|.*status|state",),
        "tenure": (r"tenure.*|monthsactive|months|accountlength",),
        "plan": (r"contract|plan|tariff|tarif|subscriptiontype|product",),
        "recurring_amount": (r"monthly(charges?|fee|amount|price)|mrr|fee|recurring.*|amount|price",),
    }
)
"""What columns are usually called, in small letters without signs; the surer names first."""


@dataclass
class Draft:
    """A dataset file in the making, and what there is to say of it.

    Attributes:
        tables: as the dataset file has them, without paths.
        keys: of the dataset file, besides its tables.
        format: the keys that its columns need.
        sure: what is sure, in sentences.
        guessed: what is guessed and why.
        asked: what only a person knows.
    """

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    format: dict[str, Any] = field(default_factory=dict)
    sure: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def pick(self, role: str, among: Sequence[ColumnLook], content: str = "") -> ColumnLook | None:
        """Return the column that has a role, and say how sure that is; by content alone only where that is described."""
        named = by_name(role, among)
        found = named or (list(among) if content else [])
        if not found:
            return None
        column = f"`{seen(found[0].name)}`"
        if len(named) == 1:
            self.sure.append(f"{role} is {column}: its name says so, and what it holds fits.")
        else:
            others = [one.name for one in found[1:]]
            why = f"; it could be {listed(others, 4)}" if others else ""
            self.guessed.append(f"{role} is {column}: {'its name fits best' if named else content}{why}.")
        return found[0]

    def pick_more(self, roles: Sequence[str], among: Sequence[ColumnLook], columns: dict[str, str]) -> None:
        """Add the columns that are there by their names to a table's."""
        for role in roles:
            free = [one for one in among if one.name not in columns.values()]
            one = self.pick(role, free) if by_name(role, free) else None
            if one is not None:
                columns[role] = one.name

    def write_ways(self, times: Sequence[ColumnLook], numbers: Sequence[ColumnLook]) -> None:
        """Set how days and numbers are written, where they need a word, and say where it could be another."""
        if times:
            patterns = [one for one in times[0].days if all(one in other.days for other in times)]
            if patterns and patterns[0]:
                self.format["date_format"] = patterns[0]
                if len(patterns) > 1:
                    written = " or ".join(f'"{pattern}"' for pattern in patterns[:3])
                    self.guessed.append(
                        f"Days are written {written}: each reads every value, and the first is taken. Look at the months."
                    )
                else:
                    self.sure.append(f'Days are written "{patterns[0]}": no other pattern reads them all.')
        ways = [way for way in (numbers[0].numbers if numbers else ()) if all(way in one.numbers for one in numbers)]
        if not ways or not ways[0]:
            return
        self.format |= dict(ways[0])
        said = ", ".join(f'{key} "{sign}"' for key, sign in ways[0].items())
        if any(way.get("decimal", ".") != ways[0].get("decimal", ".") for way in ways):
            self.guessed.append(f"Numbers have {said}; they could be read in another way, too. Look at the sums.")
        else:
            self.sure.append(f"Numbers have {said}: they cannot be read without it.")


def by_name(role: str, among: Sequence[ColumnLook]) -> list[ColumnLook]:
    """Return the columns whose names fit a role: those with the surest name that any of them has."""
    exact = [one for one in among if _plain(one.name) == _plain(role)]
    if exact:
        return exact
    for pattern in ROLES[role]:
        found = [one for one in among if re.fullmatch(pattern, _plain(one.name))]
        if found:
            return found
    return []


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-zäöüß]", "", name.casefold())
