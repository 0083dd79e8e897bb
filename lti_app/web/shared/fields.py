"""Fields that forms of several pages use."""

from __future__ import annotations

from zoneinfo import available_timezones

from wtforms import PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

COMMON_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
"""The zones of most districts of the United States, from east to west."""


def text_field(label: str, longest: int, missing: str, help_text: str = "", **attributes: str) -> StringField:
    """A required line of text without blanks around it. `missing` says what to give."""
    return StringField(
        label,
        description=help_text,
        filters=[lambda text: (text or "").strip()],
        validators=[InputRequired(missing), Length(max=longest)],
        render_kw={"maxlength": longest, "autocomplete": "off", "spellcheck": "false", **attributes},
    )


def secret_field(label: str, longest: int, help_text: str = "") -> PasswordField:
    """A secret that is typed and never shown again; blank means: keep the one there."""
    return PasswordField(
        label,
        description=help_text,
        validators=[Length(max=longest)],
        render_kw={"maxlength": longest, "autocomplete": "new-password", "spellcheck": "false"},
    )


def time_zone_field(label: str, help_text: str = "") -> SelectField:
    """One of the IANA time zones, those of the United States first."""
    others = [name for name in sorted(available_timezones()) if _is_place(name)]
    choices = [
        *(SelectChoice(name, name.replace("_", " "), optgroup="United States") for name in COMMON_ZONES),
        *(SelectChoice(name, name.replace("_", " "), optgroup="All time zones") for name in [*others, "UTC"]),
    ]
    return SelectField(label, description=help_text, choices=choices)


def _is_place(name: str) -> bool:
    return "/" in name and name not in COMMON_ZONES and not name.startswith(("Etc/", "SystemV/", "posix"))
