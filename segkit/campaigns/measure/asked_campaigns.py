"""What a run asks of campaigns, refused before it starts, by the same functions that its notebook would call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segkit.campaigns.measure.assigned_arms import campaign_arms
from segkit.campaigns.measure.campaign import planned
from segkit.campaigns.measure.campaign_table import chosen_campaign, known_campaigns
from segkit.campaigns.measure.planning import ask_plan
from segkit.campaigns.measure.population import ask_tables
from segkit.campaigns.measure.recent import ask_days, named_campaigns
from segkit.customers import CustomerBase
from segkit.data.specfile import suggestion
from segkit.errors import DataError, ParameterError


def check_run_campaigns(base: CustomerBase, parameters: Mapping[str, Any]) -> None:
    """Refuse campaigns that a run asks for and the data do not have or cannot compare, and plans that cannot be.

    Raises:
        ParameterError, DataError: the first finding.
    """
    dataset = base.dataset
    if "campaign_days" in parameters:
        ask_days(int(parameters["campaign_days"]))
        wanted = parameters.get("shown_campaigns") or ()
        if wanted and parameters["campaign_days"]:
            if not {"campaigns", "contacts"} <= set(dataset.tables):
                raise ParameterError(f"campaigns: the dataset {dataset.name} has no tables campaigns and contacts.")
            named_campaigns(known_campaigns(base), wanted)
    if "plan_weeks" in parameters:
        ask_plan(parameters["plan_weeks"], parameters.get("plan_effect") or None)
    if "campaign" not in parameters:
        return
    ask_tables(dataset)
    campaign_arms(base, chosen_campaign(base, str(parameters["campaign"] or "")))
    _ask_targets(base, str(parameters["campaign"] or ""))


def _ask_targets(base: CustomerBase, campaign: str) -> None:
    """Refuse segmentations and columns that the plan of a campaign names and the data do not have."""
    dataset, stated = base.dataset, planned(base, campaign)
    where = dataset.file.where(("campaigns",))
    for name in stated.get("segmentations", ()):
        if name not in dataset.spec.segmentations:
            raise ParameterError(
                f"{where}: the segmentation `{name}` is not defined.{suggestion(name, dataset.spec.segmentations)}"
            )
    columns = base.customers().columns
    for name in (stated.get("drawn_by"), *stated.get("covariates", ())):
        if name and name not in columns:
            raise ParameterError(f"{where}: `{name}` is no column of the customer table.{suggestion(name, columns)}")
    if not stated.get("segmentations") and not dataset.spec.segmentations:
        raise DataError(f"{dataset.file.where(())}: a campaign's page needs one segmentation or more.")
