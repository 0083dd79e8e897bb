"""Forms for the graded items of a section."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.schoology import gradebook as gradebooks
from lti_app.sandbox.schoology.objects import Item, StoreError
from lti_app.sandbox.schoology.pages.common import page, the_store
from lti_app.sandbox.schoology.pages.gradebook import editor_or_403
from lti_app.sandbox.schoology.pages.views import section_row
from lti_app.sandbox.schoology.store import SchoologyStore

ITEM_TYPES: Final = ("assignment", "assessment", "discussion")
_LAST_MINUTE: Final = "23:59"


@page("/course/<int:section_id>/items/new", "GET", "POST")
def new_item(section_id: int) -> str | Response:
    """A form for a new graded item."""
    store, user = the_store(), editor_or_403(section_id)
    item = Item(0, section_id, "")
    if request.method == "GET":
        return _item_page(store, item)
    kind = request.form.get("type", "assignment")
    fields = _item_fields()
    try:
        _raise_if_unusable(fields)
        gradebooks.add_item(
            store, section_id, uid=user.uid, type=kind if kind in ITEM_TYPES else ITEM_TYPES[0], **fields
        )
    except StoreError as error:
        flash(error.message, "error")
        return _item_page(store, _typed(item, fields))
    flash(f"{fields['title']} was added.", "done")
    return redirect(url_for(".gradebook", section_id=section_id))


@page("/course/<int:section_id>/items/<int:item_id>", "GET", "POST")
def edit_item(section_id: int, item_id: int) -> str | Response:
    """A form for an item that is there."""
    store, user = the_store(), editor_or_403(section_id)
    item = _item_or_404(store, section_id, item_id)
    if request.method == "GET":
        return _item_page(store, item)
    fields = _item_fields()
    try:
        _raise_if_unusable(fields)
        gradebooks.update_item(store, item_id, user.uid, **fields)
    except StoreError as error:
        flash(error.message, "error")
        return redirect(url_for(".edit_item", section_id=section_id, item_id=item_id))
    flash(f"{fields['title']} was changed.", "done")
    return redirect(url_for(".gradebook", section_id=section_id))


@page("/course/<int:section_id>/items/<int:item_id>/delete", "POST")
def delete_item(section_id: int, item_id: int) -> Response:
    """Remove an item with its scores."""
    store, user = the_store(), editor_or_403(section_id)
    item = _item_or_404(store, section_id, item_id)
    gradebooks.delete_item(store, item_id, user.uid)
    flash(f"{item.title} was deleted with its scores.", "done")
    return redirect(url_for(".gradebook", section_id=section_id))


def _item_or_404(store: SchoologyStore, section_id: int, item_id: int) -> Item:
    item = store.items.get(item_id)
    return item if item is not None and item.section_id == section_id else abort(404)


def _item_page(store: SchoologyStore, item: Item) -> str:
    section = store.sections[item.section_id]
    periods = [store.grading_periods[each] for each in section.grading_periods]
    return render_template(
        "schoology/item.html",
        section=section_row(store, section),
        item=item,
        types=ITEM_TYPES,
        categories=gradebooks.categories_of(store, item.section_id),
        periods=periods,
    )


def _item_fields() -> dict[str, Any]:
    """The fields of the item form, as the store keeps them."""
    form = request.form
    due = form.get("due", "").strip()
    return {
        "title": form.get("title", "").strip(),
        "description": form.get("description", "").strip(),
        "due": f"{due} {form.get('due_time') or _LAST_MINUTE}:00" if due else "",
        "grading_category": form.get("grading_category", 0, type=int),
        "grading_period": form.get("grading_period", 0, type=int),
        "max_points": form.get("max_points", "").strip(),
        "factor": form.get("factor", "").strip() or "1",
        "count_in_grade": int("count_in_grade" in form),
        "published": int("published" in form),
    }


def _raise_if_unusable(fields: dict[str, Any]) -> None:
    """The store checks an item after it changed it, so what a form can get wrong is checked before."""
    if not fields["title"]:
        raise StoreError("Enter a title.")
    for name in ("max_points", "factor"):
        if read_number(fields[name]) is None:
            raise StoreError("Points and factor have to be numbers.")


def _typed(item: Item, fields: dict[str, Any]) -> Item:
    """An unsaved item with what was typed, to be shown again."""
    for name, value in fields.items():
        setattr(item, name, value)
    return item
