"""The form of the limits: shares in percent and numbers, each within the bounds of lti_app.school.limits."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import DateField, Form, IntegerField, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional

from lti_app import formats
from lti_app.school.limits import BOUNDS, SHARES, Limits

LONGEST_WINDOW = 92
"""Most days of a rollover window."""


def _limit(name: str, label: str, help_text: str) -> IntegerField:
    least, most = BOUNDS[name]
    words = f"Give a number from {formats.number(least)} to {formats.number(most)}."
    return IntegerField(
        f"{label}, percent" if name in SHARES else label,
        description=f"{help_text} {formats.number(least)} to {formats.number(most)}.",
        validators=[InputRequired(words), NumberRange(least, most, words)],
        render_kw={"inputmode": "numeric"},
    )


class LimitsForm(Form):
    """Shares in percent; see lti_app.school.limits.Limits."""

    drop_share = _limit("drop_share", "Drops: ask above", "Of the enrollments of a building.")
    drop_ceiling = _limit(
        "drop_ceiling", "Drops: always ask above", "So many in one building, whatever the share."
    )
    drop_floor = _limit("drop_floor", "Drops: never ask below", "Fewer in one building go through.")
    section_share = _limit("section_share", "One section: ask above", "Of the students of a section.")
    section_ceiling = _limit("section_ceiling", "One section: always ask above", "So many of one section.")
    section_floor = _limit(
        "section_floor", "Smallest section that is judged", "The share of smaller ones is not judged."
    )
    leave_share = _limit("leave_share", "Leaving: ask above", "Of the people or courses of a building.")
    leave_ceiling = _limit("leave_ceiling", "Leaving: always ask above", "So many in one building.")
    update_share = _limit(
        "update_share", "Updates: ask above", "Of the linked records of one kind in a building."
    )
    update_ceiling = _limit("update_ceiling", "Updates: always ask above", "So many in one building.")
    update_floor = _limit("update_floor", "Updates: never ask below", "Fewer in one building go through.")
    rollover_until = DateField(
        "Year rollover until",
        description="Until this day, inclusive, the limits below hold instead. Leave it empty otherwise.",
        validators=[Optional()],
    )
    rollover_drop_share = _limit("rollover_drop_share", "Drops during rollover: ask above", "Of a building.")
    rollover_drop_ceiling = _limit(
        "rollover_drop_ceiling", "Drops during rollover: always ask above", "In a building."
    )
    rollover_section_share = _limit(
        "rollover_section_share", "One section during rollover: ask above", "Of its students."
    )
    rollover_section_ceiling = _limit(
        "rollover_section_ceiling", "One section during rollover: always ask above", "Of its students."
    )
    rollover_leave_share = _limit(
        "rollover_leave_share", "Leaving during rollover: ask above", "Of a building."
    )
    rollover_leave_ceiling = _limit(
        "rollover_leave_ceiling", "Leaving during rollover: always ask above", "In a building."
    )
    rollover_update_share = _limit(
        "rollover_update_share", "Updates during rollover: ask above", "Of a building."
    )
    rollover_update_ceiling = _limit(
        "rollover_update_ceiling", "Updates during rollover: always ask above", "In a building."
    )

    today: date

    def validate_rollover_until(self, field: DateField) -> None:
        """A window that never ends would be no limit."""
        if field.data and (field.data - self.today).days > LONGEST_WINDOW:
            raise ValidationError(f"A rollover window lasts {LONGEST_WINDOW} days at most.")

    def validate_drop_ceiling(self, field: IntegerField) -> None:
        """The numbers of drops must fit together."""
        self._not_below_floor(field, self.drop_floor)

    def validate_update_ceiling(self, field: IntegerField) -> None:
        """The numbers of updates must fit together."""
        self._not_below_floor(field, self.update_floor)

    def _not_below_floor(self, field: IntegerField, floor: IntegerField) -> None:
        if field.data and floor.data and field.data < floor.data:
            raise ValidationError("This must not be less than “Never ask below”.")

    @classmethod
    def of(cls, limits: Limits) -> LimitsForm:
        """The form as the limits stand."""
        values: dict[str, Any] = limits.to_json()
        for name in SHARES:
            values[name] = round(values[name] * 100)
        until = values["rollover_until"]
        values["rollover_until"] = date.fromisoformat(until) if until else None
        return cls(data=values)

    def wanted(self) -> Limits:
        """What was typed."""
        values = dict(self.data)
        for name in SHARES:
            values[name] /= 100
        values["rollover_until"] = values["rollover_until"].isoformat() if values["rollover_until"] else ""
        return Limits(**values)
