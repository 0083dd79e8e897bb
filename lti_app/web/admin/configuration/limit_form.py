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
    words = f"Enter a number from {formats.number(least)} to {formats.number(most)}."
    return IntegerField(
        f"{label} (%)" if name in SHARES else label,
        description=f"{help_text} {formats.number(least)} to {formats.number(most)}.",
        validators=[InputRequired(words), NumberRange(least, most, words)],
        render_kw={"inputmode": "numeric"},
    )


class LimitsForm(Form):
    """Shares in percent; see lti_app.school.limits.Limits."""

    drop_share = _limit("drop_share", "Drops: approval above", "Share of a school’s enrollments.")
    drop_ceiling = _limit(
        "drop_ceiling", "Drops: approval above (number)", "Number at one school, whatever the share."
    )
    drop_floor = _limit(
        "drop_floor", "Drops: no approval below (number)", "Fewer at one school are sent without approval."
    )
    section_share = _limit("section_share", "One section: approval above", "Share of a section’s students.")
    section_ceiling = _limit(
        "section_ceiling", "One section: approval above (number)", "Number in one section."
    )
    section_floor = _limit(
        "section_floor",
        "Smallest section for the share limit",
        "The share limit doesn’t apply to smaller sections.",
    )
    leave_share = _limit("leave_share", "Leaving: approval above", "Share of a school’s people or courses.")
    leave_ceiling = _limit("leave_ceiling", "Leaving: approval above (number)", "Number at one school.")
    update_share = _limit(
        "update_share", "Updates: approval above", "Share of a school’s linked records of one type."
    )
    update_ceiling = _limit("update_ceiling", "Updates: approval above (number)", "Number at one school.")
    update_floor = _limit(
        "update_floor",
        "Updates: no approval below (number)",
        "Fewer at one school are sent without approval.",
    )
    rollover_until = DateField(
        "Year rollover ends",
        description="The limits below apply through this date. Leave it empty if there’s no rollover.",
        validators=[Optional()],
    )
    rollover_drop_share = _limit(
        "rollover_drop_share", "Drops during rollover: approval above", "Share at one school."
    )
    rollover_drop_ceiling = _limit(
        "rollover_drop_ceiling", "Drops during rollover: approval above (number)", "Number at one school."
    )
    rollover_section_share = _limit(
        "rollover_section_share", "One section during rollover: approval above", "Share of its students."
    )
    rollover_section_ceiling = _limit(
        "rollover_section_ceiling",
        "One section during rollover: approval above (number)",
        "Number of its students.",
    )
    rollover_leave_share = _limit(
        "rollover_leave_share", "Leaving during rollover: approval above", "Share at one school."
    )
    rollover_leave_ceiling = _limit(
        "rollover_leave_ceiling", "Leaving during rollover: approval above (number)", "Number at one school."
    )
    rollover_update_share = _limit(
        "rollover_update_share", "Updates during rollover: approval above", "Share at one school."
    )
    rollover_update_ceiling = _limit(
        "rollover_update_ceiling", "Updates during rollover: approval above (number)", "Number at one school."
    )

    today: date

    def validate_rollover_until(self, field: DateField) -> None:
        """A window that never ends would be no limit."""
        if field.data and (field.data - self.today).days > LONGEST_WINDOW:
            raise ValidationError(f"The rollover can end at most {LONGEST_WINDOW} days from today.")

    def validate_drop_ceiling(self, field: IntegerField) -> None:
        """The numbers of drops must fit together."""
        self._not_below_floor(field, self.drop_floor)

    def validate_update_ceiling(self, field: IntegerField) -> None:
        """The numbers of updates must fit together."""
        self._not_below_floor(field, self.update_floor)

    def _not_below_floor(self, field: IntegerField, floor: IntegerField) -> None:
        if field.data and floor.data and field.data < floor.data:
            raise ValidationError("This can’t be lower than the “no approval below” number.")

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
