"""Small files as shops and public data sets write them, each with the dataset file that reads it and what is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROW = ",".join


@dataclass(frozen=True)
class Export:
    """One export.

    Attributes:
        recipe: its name.
        files: name → content.
        place: what `files` says of them.
        settings: what the dataset file says besides.
        rows: table → rows that came in, and rows kept.
        money: kept of the table transactions, in major units; None where there is none.
        customers: who bought, or is under contract.
        as_of: the day of the test.
        aside: reason → rows set aside, of the table with most rows.
    """

    recipe: str
    files: Mapping[str, str]
    place: str
    settings: Mapping[str, Any]
    rows: Mapping[str, tuple[int, int]]
    money: float | None
    customers: int
    as_of: str = "2024-12-31"
    aside: Mapping[str, int] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the files."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


def table(header: str, *rows: dict[str, Any]) -> str:
    """A CSV file with a header, whose rows hold some of its columns."""
    names = header.split(",")
    for row in rows:
        assert set(row) <= set(names), set(row) - set(names)
    body = [
        ROW(f'"{row[name]}"' if "," in str(row.get(name, "")) else str(row.get(name, "")) for name in names)
        for row in rows
    ]
    return "\n".join([header, *body]) + "\n"


_SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,"
    "Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing City,Billing Zip,Billing Country,Shipping Name,Shipping Country,Notes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,"
    "Risk Level,Source,Lineitem discount,Phone"
)


def _order(
    name: str,
    email: str,
    at: str,
    status: str,
    total: str,
    refunded: str = "0.00",
    currency: str = "EUR",
    **more: Any,
) -> dict[str, Any]:
    return {
        "Name": name, "Email": email, "Created at": at, "Financial Status": status, "Total": total, "Refunded Amount": refunded,
        "Currency": currency, "Lineitem quantity": 1, "Lineitem price": total, "Lineitem fulfillment status": "pending",
        "Source": "web", "Id": f"59{name[1:]}", **more,
    }  # fmt: skip


SHOPIFY = Export(
    recipe="shopify",
    files={
        "orders_export.csv": table(
            _SHOPIFY,
            _order("#1001", "ann@example.com", "2024-10-07 23:50:25 +0200", "paid", "53.91"),
            {
                "Name": "#1001",
                "Email": "ann@example.com",
                "Created at": "2024-10-07 23:50:25 +0200",
                "Lineitem quantity": 2,
                "Lineitem price": "12.00",
                "Lineitem name": "Cup, blue",
            },
            _order("#1002", "Ann@Example.com", "2024-10-08 00:10:00 +0200", "partially_refunded", "30.00", "12.00"),
            _order("#1003", "bob@example.com", "2024-10-09 10:00:00 +0200", "refunded", "40.00", "40.00"),
            _order("#1004", "cem@example.com", "2024-10-10 10:00:00 +0200", "voided", "99.00"),
            _order("#1005", "dee@example.com", "2024-10-11 10:00:00 +0200", "pending", "15.00"),
            _order("#1006", "", "2024-10-12 10:00:00 +0200", "paid", "7.50", Source="pos"),
            _order("#1007", "eve@example.com", "2024-11-01 10:00:00 +0100", "paid", "100.00", currency="USD"),
        )
    },
    place="orders_export*.csv",
    settings={"currency": "EUR", "time_zone": "Europe/Berlin"},
    rows={"transactions": (8, 3)},
    money=53.91 + 18 + 0,
    customers=2,
    aside={
        "Total is empty (`leave_out`)": 1,
        "Financial Status is voided or expired or pending or authorized (`leave_out`)": 2,
        "in a currency other than EUR, or before its first rate (`rates`)": 1,
        "no customer id": 1,
    },
)

_WOO = (
    "order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,order_total,order_currency,payment_method,"
    "customer_id,customer_email,billing_email,billing_country,refunded_total"
)


def _woo(order: int, at: str, status: str, total: str, email: str, refunded: str = "0") -> dict[str, Any]:
    return {
        "order_id": order, "order_number": order, "order_date": at, "status": status, "order_total": total, "order_currency": "GBP",
        "customer_id": 0, "billing_email": email, "refunded_total": refunded,
    }  # fmt: skip


WOOCOMMERCE = Export(
    recipe="woocommerce",
    files={
        "orders.csv": table(
            _WOO,
            _woo(11, "2024-03-01 09:00:00", "completed", "20.00", "a@example.com"),
            _woo(12, "2024-03-02 09:00:00", "processing", "10.50", "A@example.com", "0.50"),
            _woo(13, "2024-03-03 09:00:00", "refunded", "8.00", "b@example.com"),
            _woo(14, "2024-03-04 09:00:00", "failed", "70.00", "c@example.com"),
            _woo(15, "2024-03-05 09:00:00", "on-hold", "80.00", "d@example.com"),
            _woo(16, "2024-03-06 09:00:00", "cancelled", "90.00", "d@example.com"),
        )
    },
    place="orders.csv",
    settings={"currency": "GBP", "time_zone": "Europe/London"},
    rows={"transactions": (6, 3)},
    money=20 + 10 + 0,
    customers=2,
    aside={
        "status is not completed or processing or refunded or wc-completed or wc-processing or wc-refunded (`keep`)": 3
    },
)

_MAGENTO = (
    "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,"
    "Billing Address,Shipping Address,Shipping Information,Customer Email,Customer Group,Subtotal,Shipping and Handling,"
    "Customer Name,Payment Method,Total Refunded"
)


def _magento(order: str, at: str, total: str, status: str, email: str, refunded: str = "") -> dict[str, Any]:
    return {
        "ID": order, "Purchase Point": "Main Website Store", "Purchase Date": at, "Grand Total (Base)": total,
        "Grand Total (Purchased)": total, "Status": status, "Customer Email": email, "Total Refunded": refunded,
    }  # fmt: skip


MAGENTO = Export(
    recipe="magento",
    files={
        "export.csv": table(
            _MAGENTO,
            _magento("000000001", "May 06, 2024 02:35:02 PM", "36.3900", "Complete", "r@example.com"),
            _magento("000000002", "May 07, 2024 12:05:00 AM", "20.0000", "Processing", "r@example.com", "5.0000"),
            _magento("000000003", "Jun 01, 2024 11:00:00 AM", "15.0000", "Closed", "s@example.com", "15.0000"),
            _magento("000000004", "Jun 02, 2024 11:00:00 AM", "64.0000", "Canceled", "s@example.com"),
            _magento("000000005", "Jun 03, 2024 11:00:00 AM", "65.0000", "Pending", "t@example.com"),
        )
    },
    place="export.csv",
    settings={"currency": "USD", "time_zone": "America/New_York"},
    rows={"transactions": (5, 3)},
    money=36.39 + 15 + 0,
    customers=2,
    aside={"Status is not complete or processing or closed (`keep`)": 2},
)

_STRIPE = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,"
    "Converted Currency,Decline Reason,Description,Fee,Mode,Refunded date (UTC),Statement Descriptor,Status,Seller Message,"
    "Customer ID,Customer Email,Invoice ID"
)


def _stripe(
    payment: str,
    at: str,
    amount: str,
    converted: str,
    status: str,
    who: str,
    refunded: str = "0.00",
    currency: str = "eur",
    mode: str = "Live",
    captured: str = "true",
) -> dict[str, Any]:
    return {
        "id": payment, "Created date (UTC)": at, "Amount": amount, "Amount Refunded": refunded, "Currency": currency,
        "Captured": captured, "Converted Amount": converted, "Converted Amount Refunded": refunded, "Converted Currency": "eur",
        "Mode": mode, "Status": status, "Customer ID": who, "Fee": "0.55",
    }  # fmt: skip


STRIPE = Export(
    recipe="stripe",
    files={
        "unified_payments.csv": table(
            _STRIPE,
            _stripe("ch_1", "2024-06-30 23:30:00", "20.00", "20.00", "Paid", "cus_A"),
            _stripe("ch_2", "2024-07-02 10:00:00", "11.00", "10.10", "Paid", "cus_B", currency="usd"),
            _stripe("ch_3", "2024-07-03 10:00:00", "9.00", "9.00", "Refunded", "cus_B", refunded="9.00"),
            _stripe("ch_4", "2024-07-04 10:00:00", "5.00", "5.00", "Paid", "cus_A", refunded="1.25"),
            _stripe("ch_5", "2024-07-05 10:00:00", "50.00", "", "Failed", "cus_C"),
            _stripe("ch_6", "2024-07-06 10:00:00", "60.00", "60.00", "Paid", "cus_C", captured="false"),
            _stripe("ch_7", "2024-07-07 10:00:00", "70.00", "70.00", "Paid", "cus_C", mode="Test"),
        )
    },
    place="unified_payments.csv",
    settings={"currency": "EUR", "time_zone": "Europe/Berlin"},
    rows={"transactions": (7, 4)},
    money=20 + 10.10 + 0 + 3.75,
    customers=2,
    aside={
        "Captured is false (`leave_out`)": 1,
        "Mode is test (`leave_out`)": 1,
        "Status is not paid or refunded (`keep`)": 1,
    },
)

_RETAIL = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"


def _line(
    invoice: str, quantity: int, price: str, who: str = "13085.0", at: str = "2009-12-01 07:45:00"
) -> dict[str, Any]:
    return {
        "Invoice": invoice, "StockCode": "85048", "Description": "15CM CHRISTMAS GLASS BALL 20 LIGHTS", "Quantity": quantity,
        "InvoiceDate": at, "Price": price, "Customer ID": who, "Country": "United Kingdom",
    }  # fmt: skip


ONLINE_RETAIL_II = Export(
    recipe="online_retail_ii",
    files={
        "online_retail_II.csv": table(
            _RETAIL,
            _line("489434", 12, "6.95"),
            _line("489434", 12, "6.75"),
            _line("489435", 2, "0.85", "13078.0", "2010-12-02 10:00:00"),
            _line("489435", 2, "0.85", "13078.0", "2010-12-02 10:00:00"),
            _line("C489449", -12, "2.95", "13085.0", "2010-12-03 10:33:00"),
            _line("489525", 1, "3.00", ""),
        )
    },
    place="online_retail_II.csv",
    settings={},
    rows={"transactions": (6, 4)},
    money=83.40 + 81.00 + 1.70 - 35.40,
    customers=2,
    as_of="2011-12-09",
    aside={"exact duplicate": 1, "no customer id": 1},
)

OLIST = Export(
    recipe="olist",
    files={
        "olist/olist_orders_dataset.csv": table(
            "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at",
            {
                "order_id": "o1",
                "customer_id": "c1",
                "order_status": "delivered",
                "order_purchase_timestamp": "2017-10-02 10:56:33",
            },
            {
                "order_id": "o2",
                "customer_id": "c2",
                "order_status": "shipped",
                "order_purchase_timestamp": "2018-07-24 20:41:37",
            },
            {
                "order_id": "o3",
                "customer_id": "c3",
                "order_status": "canceled",
                "order_purchase_timestamp": "2018-08-08 08:38:49",
            },
        ),
        "olist/olist_order_items_dataset.csv": table(
            "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
            {
                "order_id": "o1",
                "order_item_id": 1,
                "product_id": "p1",
                "seller_id": "s1",
                "price": "58.90",
                "freight_value": "13.29",
            },
            {
                "order_id": "o1",
                "order_item_id": 2,
                "product_id": "p1",
                "seller_id": "s1",
                "price": "58.90",
                "freight_value": "13.29",
            },
            {
                "order_id": "o2",
                "order_item_id": 1,
                "product_id": "p2",
                "seller_id": "s2",
                "price": "239.90",
                "freight_value": "19.93",
            },
            {
                "order_id": "o3",
                "order_item_id": 1,
                "product_id": "p2",
                "seller_id": "s2",
                "price": "199.00",
                "freight_value": "17.87",
            },
        ),
        "olist/olist_customers_dataset.csv": table(
            "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
            {"customer_id": "c1", "customer_unique_id": "u1", "customer_state": "SP"},
            {"customer_id": "c2", "customer_unique_id": "u1", "customer_state": "SP"},
            {"customer_id": "c3", "customer_unique_id": "u3", "customer_state": "RJ"},
        ),
        "olist/olist_products_dataset.csv": table(
            "product_id,product_category_name,product_weight_g",
            {"product_id": "p1", "product_category_name": "perfumaria"},
            {"product_id": "p2", "product_category_name": "artes"},
        ),
    },
    place="olist",
    settings={},
    rows={"transactions": (4, 3), "products": (2, 2)},
    money=58.90 * 2 + 239.90,
    customers=1,
    as_of="2018-12-31",
    aside={"order_status is canceled or unavailable (`leave_out`)": 1},
)

_PAYMENTS = "msno,payment_method_id,payment_plan_days,plan_list_price,actual_amount_paid,is_auto_renew,transaction_date,membership_expire_date,is_cancel"


def _paid(who: str, on: str, until: str, paid: int = 149, cancel: int = 0) -> dict[str, Any]:
    return {
        "msno": who, "payment_method_id": 41, "payment_plan_days": 30, "plan_list_price": 149, "actual_amount_paid": paid,
        "is_auto_renew": 1, "transaction_date": on, "membership_expire_date": until, "is_cancel": cancel,
    }  # fmt: skip


KKBOX = Export(
    recipe="kkbox",
    files={
        "kkbox/transactions.csv": table(
            _PAYMENTS,
            _paid("YyO+", "20160105", "20160205"),
            _paid("YyO+", "20160205", "20160305"),
            _paid("Bx3=", "20160110", "20160210", 99),
            _paid("Bx3=", "20160120", "20160120", 0, 1),
        ),
        "kkbox/transactions_v2.csv": table(_PAYMENTS, _paid("YyO+", "20160320", "20160420")),
        "kkbox/members_v3.csv": table(
            "msno,city,bd,gender,registered_via,registration_init_time",
            {"msno": "YyO+", "city": 1, "bd": 0, "registered_via": 11, "registration_init_time": "20110911"},
            {
                "msno": "Bx3=",
                "city": 13,
                "bd": 27,
                "gender": "female",
                "registered_via": 7,
                "registration_init_time": "20120101",
            },
        ),
    },
    place="kkbox",
    settings={},
    rows={"transactions": (5, 4), "subscriptions": (5, 4), "customers": (2, 2)},
    money=149 * 3 + 99,
    customers=2,
    as_of="2016-12-31",
    aside={"is_cancel is 1 (`leave_out`)": 1},
)

_TELCO = (
    "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,OnlineSecurity,"
    "OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,PaperlessBilling,PaymentMethod,"
    "MonthlyCharges,TotalCharges,Churn"
)


def _subscriber(who: str, tenure: int, charge: str, churn: str) -> dict[str, Any]:
    return {
        "customerID": who, "gender": "Female", "SeniorCitizen": 0, "Partner": "Yes", "Dependents": "No", "tenure": tenure,
        "InternetService": "DSL", "Contract": "One year", "PaperlessBilling": "Yes", "PaymentMethod": "Mailed check",
        "MonthlyCharges": charge, "TotalCharges": "", "Churn": churn,
    }  # fmt: skip


IBM_TELCO = Export(
    recipe="ibm_telco",
    files={
        "Telco-Customer-Churn.csv": table(
            _TELCO,
            _subscriber("7590-VHVEG", 1, "29.85", "No"),
            _subscriber("5575-GNVDE", 34, "56.95", "No"),
            _subscriber("3668-QPYBK", 2, "53.85", "Yes"),
        )
    },
    place="Telco-Customer-Churn.csv",
    settings={"tables": {"subscriptions": {"as_of": "2024-06-30"}}},
    rows={"subscriptions": (3, 3), "customers": (3, 3)},
    money=None,
    customers=3,
    as_of="2024-06-30",
)

EXPORTS = (SHOPIFY, WOOCOMMERCE, MAGENTO, STRIPE, ONLINE_RETAIL_II, OLIST, KKBOX, IBM_TELCO)
"""One of each recipe."""
