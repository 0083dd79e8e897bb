"""The one home of words: kinds, actions, states, fields, reasons, for pages, emails, CSV and commands."""

from lti_app.runs.record_names import joining_name, record_name
from lti_app.runs.words.fields import FIELDS, FieldChange, display, field_changes, fields_of, record_fields
from lti_app.runs.words.kinds import FEEDS, GRADE_KINDS, KINDS, LOGGED_KINDS, counted_kind
from lti_app.runs.words.reasons import finding, fix, sentence, setting, why
from lti_app.runs.words.reasons.averages import ASSUMPTIONS, CAUSES
from lti_app.runs.words.reasons.matching import SETTINGS, UNTOLD, setting_value
from lti_app.runs.words.states import (
    ACTIONS,
    COLORS,
    GONE,
    GRADE_PHASES,
    OUTCOMES,
    PAUSED,
    STATES,
    SYSTEMS,
    TO_DO,
    TRIGGERS,
    WHATS,
    outcomes,
    phase,
    title,
)

__all__ = [
    "ACTIONS",
    "ASSUMPTIONS",
    "CAUSES",
    "COLORS",
    "FEEDS",
    "FIELDS",
    "GONE",
    "GRADE_KINDS",
    "GRADE_PHASES",
    "KINDS",
    "LOGGED_KINDS",
    "OUTCOMES",
    "PAUSED",
    "SETTINGS",
    "STATES",
    "SYSTEMS",
    "TO_DO",
    "TRIGGERS",
    "UNTOLD",
    "WHATS",
    "FieldChange",
    "counted_kind",
    "display",
    "field_changes",
    "fields_of",
    "finding",
    "fix",
    "joining_name",
    "outcomes",
    "phase",
    "record_fields",
    "record_name",
    "sentence",
    "setting",
    "setting_value",
    "title",
    "why",
]
