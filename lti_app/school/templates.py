"""Templates for codes and titles: plain ``{name}`` fields and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

FIELD = re.compile(r"\{([a-z_]+)\}")

COURSE_FIELDS = ("building", "building_code", "course", "title", "department")
SECTION_FIELDS = (
    "section_key",
    "building",
    "building_code",
    "course",
    "course_title",
    "section",
    "title",
    "period",
    "year",
)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its fields replaced, runs of blanks folded, trimmed."""
    text = FIELD.sub(lambda match: values.get(match[1], ""), template)
    return " ".join(text.split())


def unknown_fields(template: str, allowed: Iterable[str]) -> list[str]:
    """The names in braces in the template that aren't allowed fields."""
    return [name for name in re.findall(r"\{([^{}]*)\}?", template) if name not in set(allowed)]


def same_for(template: str, records: Iterable[Mapping[str, str]]) -> tuple[str, str, str] | None:
    """What the template gives for two of these records alike, and the `name` of both; None if it tells all of
    them apart."""
    found: dict[str, str] = {}
    for each in records:
        text = fill(template, each).casefold()
        if text in found:
            return (fill(template, each), found[text], each["name"])
        found[text] = each["name"]
    return None
