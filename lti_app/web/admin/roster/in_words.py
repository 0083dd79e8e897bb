"""A change of a tab's choice for the settings history, as the tab itself words it."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import BooleanField, Field, SelectField, SelectMultipleField

from lti_app.setup.choices import Choice
from lti_app.web.admin.roster.forms import ChoiceForm

ROLE = "role_"
"""How the fields of Schoology roles begin, whose labels name only the people."""
NOT_SHOWN = ("buildings", "confirmed")


def difference(
    form: type[ChoiceForm], before: Choice, after: Choice, schools: Mapping[str, str]
) -> tuple[str, str]:
    """What differs, before and after: “Schools: …; Students: yes”. `schools` are names by SIS id."""
    old, new = (_fields(form.from_choice(each), each) for each in (before, after))
    names = [name for name in new if old.get(name) != new[name]]
    left, joined = before.buildings - after.buildings, after.buildings - before.buildings
    lost, won = ([_schools(ids, schools)] if ids else [] for ids in (left, joined))
    told = [[f"{name}: {values.get(name, 'none')}" for name in names] for values in (old, new)]
    return "; ".join([*lost, *told[0]]), "; ".join([*won, *told[1]]) or "saved"


def _schools(ids: frozenset[str], names: Mapping[str, str]) -> str:
    return f"Schools: {', '.join(sorted(names.get(each, each) for each in ids))}"


def _fields(form: ChoiceForm, choice: Choice) -> dict[str, str]:
    form.offer(choice.options)
    shown = (each for each in form if each.short_name not in NOT_SHOWN)
    return {_label(each): _text(each) for each in shown}


def _label(field: Field) -> str:
    label = str(field.label.text)
    return f"Schoology role of {label.lower()}" if field.short_name.startswith(ROLE) else label


def _text(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "yes" if field.data else "no"
    if isinstance(field, SelectField | SelectMultipleField):
        chosen = field.data if isinstance(field.data, list | tuple) else [field.data]
        offered = field.iter_choices() if field.choices else ()
        words = {str(each.value): str(each.label) for each in offered}
        return ", ".join(words.get(str(each), str(each)) for each in chosen if each) or "none"
    return str(field.data or "none")
