"""average codes

The causes of averages that differ are kept as codes with values; texts of before are kept as *other*. The
terms of a category, and the term of an average, are called so.

Revision ID: 0043
Revises: 0042
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

CAUSES = {
    "Not in the SIS section": "not_in_sis",
    "Unmapped item": "unmapped_item",
    "Opted-out item": "opted_out",
    "Unsynced item": "unsynced_item",
    "Unreadable in the SIS": "unreadable",
    "Item in another period": "other_period",
    "Item only in the SIS": "only_in_sis",
    "Item not counted in Schoology": "not_counted",
    "Not due yet": "not_yet_due",
    "Kept by a decision": "decided",
    "Exception that is not sent": "not_sent",
    "Not sent by a sync": "waits",
    "Different score": "score",
    "Excused versus zero": "excused_versus_zero",
    "Exclude missing": "exclude_missing",
    "Missing work left out": "missing_left_out",
    "Different points": "points",
    "Item in another category": "other_category",
    "Factor": "factor",
    "Calculation type": "calculation_type",
    "Dropped item": "dropped_item",
    "Category weight": "category_weight",
    "Total points": "total_points",
    "Merged categories": "merged_categories",
    "Rounding": "rounding",
    "Calculated otherwise": "calculated_otherwise",
    "Settings not known": "not_told",
}
ASSUMED = {
    "Both systems round once, at the end, to two decimals; half a hundredth goes up.": "rounded_once",
    (
        "Where the lowest scores are dropped, these are the lowest percentages, of equal ones "
        "those worth most points, and never the only one."
    ): "drop_by_percent",
    "Without weights, Schoology counts each category as much as any other.": "even_categories",
    "A category without a score is left out, and the others weigh the more.": "unused_categories",
    (
        "Within a category the SIS divides the points earned by the points possible, both times "
        "the weight of the assignment."
    ): "points_in_category",
    (
        "Missing work counts as zero in Schoology. A course can turn that off, and Schoology does"
        " not tell."
    ): "missing_is_zero",
    "Work for no points adds what was earned, in the SIS as in Schoology.": "extra_credit",
    "Work without a due date or grading period counts in the marking period under way.": "no_due_date",
}
"""What was stored → its code."""


def upgrade() -> None:
    _each(_coded, lambda kept: _named(kept, "marking_periods", "terms"))


def downgrade() -> None:
    """A text of a code can't be made here: the next refresh compares again."""
    _each(lambda kept: {}, lambda kept: _named(kept, "terms", "marking_periods"))


Change = Callable[[dict[str, Any]], dict[str, Any]]


def _each(agreement: Change, settings: Change) -> None:
    """Change both JSON columns of every section that has something in them."""
    columns = (sa.column("agreement", sa.JSON), sa.column("settings", sa.JSON))
    rows = sa.table("section_settings", sa.column("installation_id"), sa.column("section_id"), *columns)
    connection = op.get_bind()
    for installation_id, section_id, compared, told in connection.execute(sa.select(rows)).all():
        this = (rows.c.installation_id == installation_id, rows.c.section_id == section_id)
        new = {"agreement": agreement(compared) if compared else {}, "settings": settings(told) if told else {}}
        if new != {"agreement": compared, "settings": told}:
            connection.execute(rows.update().where(*this).values(new))


def _named(kept: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Settings whose categories have the field of another name."""
    categories = [
        {(new if name == old else name): value for name, value in each.items()} for each in kept["categories"]
    ]
    return {**kept, "categories": categories}


def _coded(kept: dict[str, Any]) -> dict[str, Any]:
    differences = [
        {**each, "period": _period(each["period"]), "findings": [_finding(found) for found in each["findings"]]}
        for each in kept["differences"]
    ]
    assumed = [ASSUMED[each] for each in kept["assumed"] if each in ASSUMED]
    return {**kept, "differences": differences, "assumed": assumed}


def _period(kept: dict[str, Any]) -> dict[str, Any]:
    return {("term" if name == "marking_period" else name): value for name, value in kept.items()}


def _finding(found: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in found.items() if name != "cure"}
    return {
        **rest,
        "reason": CAUSES.get(found["reason"], "score"),
        "assumed": ASSUMED.get(found["assumed"] or ""),
        "why": _other(found["why"]),
        "fix": _other(found["cure"]),
    }


def _other(text: str) -> dict[str, Any]:
    return {"code": "other", "values": {"text": text}}
