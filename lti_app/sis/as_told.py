"""Settings of a gradebook as far as its SIS tells them: what it can't tell is unknown, never zero. Pure."""

from __future__ import annotations

from dataclasses import replace

from lti_app.school.gradebook import GradebookSettings, SisCategory
from lti_app.sis.capabilities import Capabilities


def as_told(settings: GradebookSettings, sis: Capabilities) -> GradebookSettings:
    """The same settings, without the values that this SIS has no way to tell.

    An adapter may have to fill such a value in (OneRoster 1.1 has no weights). It would be written over what
    a teacher chose in Schoology.
    """
    categories = tuple(_category(each, sis) for each in settings.categories)
    found = replace(settings, categories=categories, marks=settings.marks if sis.marks else ())
    if sis.settings:
        return found
    return replace(found, total_points=None, truncates=None, calculation=None)


def _category(category: SisCategory, sis: Capabilities) -> SisCategory:
    weight = category.weight if sis.category_weights else None
    if sis.settings:
        return replace(category, weight=weight)
    return replace(category, weight=weight, drop_lowest=None, exclude_missing=None)
