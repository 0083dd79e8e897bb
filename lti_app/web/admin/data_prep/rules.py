"""The rules of Data Prep: their order and use, and how unique ids were made until now."""

from __future__ import annotations

from typing import Any

from flask import request

from lti_app.school.prep import CLASSES, PrepOptions
from lti_app.setup import choices
from lti_app.store import audit
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.data_prep import lists, page, words
from lti_app.web.admin.data_prep.lists import asked_kind
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.numbers import whole


@blueprint.post("/data-prep/rules")
@acting_user_only
def data_prep_rules() -> str:
    """Store order, use and template of the rules, and match again."""
    district, kind = own_district(), asked_kind()
    before = choices.data_prep_options(district)
    order = _moved(list(before.order[kind]), request.form.get("up", ""))
    used = set(request.form.getlist("used")) | (
        {request.form["up"]} & set(before.used(kind)) if "up" in request.form else set()
    )
    others = [each for each in before.off if each not in before.order[kind]]
    changes: dict[str, Any] = {
        "order": {**before.order, kind: tuple(order)},
        "off": (*others, *(each for each in order if each not in used)),
    }
    if kind == "user":
        prefixes = {each: request.form.get(f"prefix_{each}", "").strip()[:20] for each in CLASSES}
        digits = min(20, max(0, request.form.get("zero_fill", 0, type=whole)))
        changes |= {"prefixes": prefixes, "zero_fill": digits}
    after = choices.change_data_prep(district, **changes)
    what = f"Data Prep: rules for {words.KINDS[kind].lower()}"
    audit.record(district, who(), what, old=_told(before, kind), new=_told(after, kind))
    district.session.commit()
    return lists.render(messages=[page.ask_to("match")])


def _moved(order: list[str], up: str) -> list[str]:
    """The order with one rule a place further up."""
    if up in order and order.index(up):
        place = order.index(up)
        order[place - 1], order[place] = order[place], order[place - 1]
    return order


def _told(options: PrepOptions, kind: str) -> str:
    rules = ", ".join(words.RULES[each][0].lower() for each in options.used(kind)) or "no rules"
    if kind != "user":
        return rules
    prefixes = ", ".join(f"{each} {text}" for each, text in options.prefixes.items() if text)
    return f"{rules}; prefixes: {prefixes or 'none'}; digits: {options.zero_fill}"
