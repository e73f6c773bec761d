"""Every table that segkit reads: its columns, their types, units, bounds and keys, declared once for all uses.

A dataset file maps a company's own column names to the names here. What is declared here is what
`segkit.data` checks, what docs/reference/tables.md prints, and what the rest of the package relies on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What a column holds. The engine's type follows from it."""

    ID = "id"  # text; numbers are written without a fraction
    TEXT = "text"
    TIME = "time"  # naive local business time
    DATE = "date"  # calendar day in the dataset's time zone
    MONEY = "money"  # integer: minor units of the dataset's currency
    NUMBER = "number"  # 64-bit float; NaN is refused
    WHOLE = "whole"  # 64-bit integer
    FLAG = "flag"  # yes or no


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its meaning for people, its kind and unit, and the rule a value has to meet."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    """The column must exist in the source."""
    nullable: bool = True
    """Whether a value may be empty. Otherwise the row is set aside and counted."""
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table: its columns, its key, and whether columns of any other name may come along."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """No two kept rows share these; the second and later ones are set aside."""
    open: bool = False
    """Whether columns of any name may come along (customer attributes)."""

    def column(self, name: str) -> Column | None:
        """Return the declared column of that name; None where there is none."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the declared columns, in order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Money:
    """How amounts are written: ISO 4217 code and the decimals kept in the engine."""

    currency: str
    decimals: int


EARLIEST: Final = dt.date(1900, 1, 1)
"""No customer record is older. Earlier dates are placeholders such as 0001-01-01 and are set aside."""

LARGEST_VALUE: Final = 1e11
"""Values of events are summed as decimals of twelve digits before the point, so that sums do not depend on order."""

LONGEST_TENURE: Final = 1_200
"""Longest tenure, in months: nobody is a customer for more than a hundred years, and 9999 is a placeholder."""

_customer = Column("customer_id", Kind.ID, "who: the unit that is counted once", required=True, nullable=False)

TRANSACTIONS: Final = TableSchema(
    "transactions",
    "what customers bought: one row per order, or per order line",
    (
        _customer,
        Column("time", Kind.TIME, "when it was bought", required=True, nullable=False),
        Column("amount", Kind.MONEY, "paid for the row; negative when it is a return", nullable=False),
        Column("refund", Kind.MONEY, "given back of the row's amount, which is lessened by it"),
        Column(
            "currency",
            Kind.TEXT,
            "the currency of the row's money (ISO 4217); `rates` convert it, and without a rate the row is set aside",
        ),
        Column("order_id", Kind.ID, "the order (basket, invoice) that the row belongs to"),
        Column("product_id", Kind.ID, "the product bought"),
        Column("category", Kind.TEXT, "the product's category"),
        Column("quantity", Kind.NUMBER, "how many", unit="pieces"),
        Column(
            "unit_price",
            Kind.NUMBER,
            "price of one piece; amount = quantity × unit_price where amount is absent",
        ),
        Column("margin", Kind.MONEY, "revenue less the cost of what was sold"),
        Column("cost", Kind.MONEY, "cost of what was sold; margin = amount − cost where margin is absent"),
        Column("channel", Kind.TEXT, "where it was bought: shop, web, app …"),
        Column("store", Kind.ID, "the shop"),
    ),
)

SUBSCRIPTIONS: Final = TableSchema(
    "subscriptions",
    "who is under contract from when to when: one row per contract",
    (
        _customer,
        Column("contract_id", Kind.ID, "the contract, where a customer may have several"),
        Column("start", Kind.DATE, "first day of the contract", required=True, nullable=False),
        Column("end", Kind.DATE, "last day of the contract; empty while it runs"),
        Column("plan", Kind.TEXT, "tariff, product or tier"),
        Column("recurring_amount", Kind.MONEY, "what the contract brings", unit="a month", minimum=0),
        Column("end_reason", Kind.TEXT, "why it ended: cancelled, payment failed …"),
    ),
)

DUMPS: Final = TableSchema(
    "subscriptions",
    "the whole table of contracts, written out again and again: one row per contract and dump",
    (
        *SUBSCRIPTIONS.columns,
        Column("taken", Kind.TIME, "when the dump was taken; the order of the files' names where absent"),
    ),
)

CHANGES: Final = TableSchema(
    "subscriptions",
    "what happened to contracts: one row per change of status, plan or amount",
    (
        _customer,
        Column("contract_id", Kind.ID, "the contract, where a customer may have several"),
        Column("time", Kind.TIME, "when it changed", required=True, nullable=False),
        Column("status", Kind.TEXT, "how the contract stands from then on", required=True, nullable=False),
        Column("plan", Kind.TEXT, "tariff, product or tier, from then on"),
        Column("recurring_amount", Kind.MONEY, "what the contract brings from then on", unit="a month", minimum=0),
        Column("end_reason", Kind.TEXT, "why it ended: cancelled, payment failed …"),
    ),
)

SNAPSHOT: Final = TableSchema(
    "subscriptions",
    "contracts as they stood on one stated date: one row per customer",
    (
        _customer,
        Column(
            "tenure",
            Kind.NUMBER,
            "how long a customer, up to the date",
            unit="months",
            nullable=False,
            minimum=0,
            maximum=LONGEST_TENURE,
        ),
        Column("status", Kind.TEXT, "whether the contract runs on the date", required=True, nullable=False),
        Column("plan", Kind.TEXT, "tariff, product or tier"),
        Column("recurring_amount", Kind.MONEY, "what the contract brings", unit="a month", minimum=0),
    ),
    key=("customer_id",),
)

CUSTOMERS: Final = TableSchema(
    "customers",
    "what is known of each customer: one row per customer, with attributes of any name",
    (_customer,),
    key=("customer_id",),
    open=True,
)

EVENTS: Final = TableSchema(
    "events",
    "what customers did besides buying: usage, tickets, logins",
    (
        _customer,
        Column("time", Kind.TIME, "when it happened", required=True, nullable=False),
        Column(
            "event",
            Kind.TEXT,
            "what happened: data_gb, voice_minutes, ticket, login …",
            required=True,
            nullable=False,
        ),
        Column(
            "value",
            Kind.NUMBER,
            "how much of it; 1 where absent",
            unit="the event's own",
            minimum=-LARGEST_VALUE,
            maximum=LARGEST_VALUE,
        ),
    ),
)

CAMPAIGNS: Final = TableSchema(
    "campaigns",
    "what was run: one row per campaign",
    (
        Column("campaign_id", Kind.ID, "the campaign", required=True, nullable=False),
        Column("name", Kind.TEXT, "what people call it"),
        Column("start", Kind.DATE, "first day", required=True, nullable=False),
        Column("end", Kind.DATE, "last day on which an outcome counts"),
        Column("randomised", Kind.FLAG, "whether chance alone decided who got which arm"),
        Column("control_arm", Kind.TEXT, "the arm that got nothing"),
    ),
    key=("campaign_id",),
)

CONTACTS: Final = TableSchema(
    "contacts",
    "who was assigned to which arm of which campaign: one row per customer and campaign",
    (
        _customer,
        Column("campaign_id", Kind.ID, "the campaign", required=True, nullable=False),
        Column("arm", Kind.TEXT, "the arm that the customer was assigned to"),
        Column("time", Kind.TIME, "when the customer was assigned"),
        Column("channel", Kind.TEXT, "e-mail, SMS, push, call …"),
        Column("cost", Kind.MONEY, "cost of contact and offer", minimum=0),
        Column("sent", Kind.FLAG, "the message left"),
        Column("opened", Kind.FLAG, "it was opened"),
        Column("clicked", Kind.FLAG, "it was clicked"),
        Column("converted", Kind.FLAG, "the customer did what was asked"),
        Column(
            "drawn_group",
            Kind.ID,
            "the household or store that was drawn, where arms were not drawn customer by customer",
        ),
    ),
    key=("customer_id", "campaign_id"),
)

PRODUCTS: Final = TableSchema(
    "products",
    "what is sold: one row per product",
    (
        Column("product_id", Kind.ID, "the product", required=True, nullable=False),
        Column("category", Kind.TEXT, "its category"),
        Column("department", Kind.TEXT, "the group of categories"),
        Column("brand", Kind.TEXT, "its brand"),
    ),
    key=("product_id",),
)

SURVEY: Final = TableSchema(
    "survey",
    "what customers answered: one row per customer and question",
    (
        _customer,
        Column("question", Kind.TEXT, "the question's short name", required=True, nullable=False),
        Column("answer", Kind.TEXT, "the answer as given"),
        Column("time", Kind.TIME, "when it was answered"),
        Column("weight", Kind.NUMBER, "how many customers the respondent stands for", minimum=0),
    ),
    key=("customer_id", "question"),
)

TABLES: Final = MappingProxyType(
    {
        table.name: table
        for table in (TRANSACTIONS, SUBSCRIPTIONS, CUSTOMERS, EVENTS, CAMPAIGNS, CONTACTS, PRODUCTS, SURVEY)
    }
)
SHAPES: Final = MappingProxyType(
    {"contracts": SUBSCRIPTIONS, "snapshot": SNAPSHOT, "dumps": DUMPS, "changes": CHANGES}
)
"""The shapes in which `subscriptions` may come."""
"""The tables of a dataset by name."""
