"""What no person should have to read: stored names, days as a machine writes them, and dumps of settings."""

from __future__ import annotations

import re

KEY = re.compile(r"\b(?:student|staff|contact):\w+")
"""A person's key, such as contact:5000001."""
NAME = re.compile(r"(?<![\w@./{-])[a-z]+(?:_[a-z0-9]+)+(?![\w@}-])")
"""A name of code or of a column, such as parent_link; template fields stand in braces."""
ROLE = re.compile(r"(?<![\w.@-])guardians?\b(?! or)")
"""The stored name of a role that pages call parent."""
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
DUMP = re.compile(r"[{\[][\"']\w+[\"']\s*[:,\]]")
"""A piece of JSON, or of a Python value."""


def leaks(text: str, *, days: bool = True) -> list[str]:
    """What stands in a text and should not; without `days` a day in ISO form may, as in CSV."""
    found = [
        *KEY.findall(text),
        *NAME.findall(text),
        *ROLE.findall(text),
        *(DAY.findall(text) if days else []),
    ]
    return sorted({*found, *DUMP.findall(text)})
