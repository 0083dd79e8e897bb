"""Words of the grades' states as teachers read them."""

from __future__ import annotations

STATUSES = {
    "not_yet": ("todo", "Not yet synced"),
    "queued": ("primary", "Queued"),
    "synced": ("success", "Successful"),
    "updates": ("info", "Updates available"),
    "waits": ("warning", "Waits"),
    "error": ("danger", "Error"),
    "needs_category": ("todo", "Needs a category"),
    "not_sent": ("secondary", "Not sent (your choice)"),
    "opted_out": ("secondary", "Opted out"),
    "held": ("warning", "On hold"),
    "gone": ("warning", "Not in Schoology"),
}
LEVELS = {
    "stop": ("danger", "Can’t be sent"),
    "wait": ("warning", "Waits"),
    "category": ("todo", "Needs a category"),
    "choice": ("secondary", "Not sent (your choice)"),
    "change": ("warning", "Sent with changes"),
    "note": ("info", "Note"),
}
STUDENTS = {
    "error": ("danger", "Refused"),
    "conflict": ("warning", "Changed in the SIS"),
    "blocked": ("warning", "Can’t be sent"),
    "synced": ("success", "Sent"),
}
FIELDS = {
    "title": "Title",
    "sis_category": "Category",
    "points": "Points",
    "item_weight": "Weight",
    "due": "Due date",
    "score": "Score",
    "mark": "Mark",
    "comment": "Comment",
}
"""The fields of an assignment and a score, in the order in which they are shown."""
