"""One SIS record of Data Prep: its candidates, and every decision that a person can take on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from lti_app.runs import names
from lti_app.runs.words import sentence
from lti_app.sync.data_prep import candidates, decide
from lti_app.sync.data_prep import lists as data_prep_lists
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.data_prep import lists, words
from lti_app.web.admin.data_prep.lists import asked, asked_kind
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import private_place


def render(**more: Any) -> str:
    """The record with what may be the same in Schoology."""
    district, kind = own_district(), asked_kind()
    reading = data_prep_reading.reading(district)
    row = (
        candidates.one(district.session, reading.id, kind, request.form.get("sis_id", ""))
        if reading
        else None
    )
    if reading is None or row is None:
        return lists.render(**more)
    text = request.form.get("search", "").strip()[:80]
    return show(
        "data_prep",
        "admin/data_prep_record.html",
        kind=kind,
        shown=asked(),
        row=row,
        standing=data_prep_lists.standing_of(row.status),
        candidates=candidates.candidates(district, row),
        why=candidates.why(district, row),
        search=text,
        found=candidates.search(district.session, reading.id, kind, text),
        names=names.names(district),
        prep=words,
        **more,
    )


@blueprint.post("/data-prep/record")
@admin_reader
@private_place
def data_prep_record() -> str:
    """Show one record, or what a search finds for it."""
    return render()


def _decided(decision: Callable[[str, str], None], message: str) -> str:
    district = own_district()
    sis_id, schoology_id = (request.form.get(name, "") for name in ("sis_id", "schoology_id"))
    try:
        decision(sis_id, schoology_id)
        decide.write_status(district, asked_kind(), sis_id=sis_id, schoology_id=schoology_id)
    except decide.CannotDecide as error:
        district.session.rollback()
        return render(messages=[("danger", sentence(error.reason))])
    district.session.commit()
    return lists.render(messages=[("success", message)])


def _of_two(decision: Callable[..., None]) -> Callable[[str, str], None]:
    """A decision about a record and an object, by who asks."""
    district, kind = own_district(), asked_kind()
    return lambda sis_id, schoology_id: decision(
        district, kind, sis_id=sis_id, schoology_id=schoology_id, who=who()
    )


@blueprint.post("/data-prep/pair")
@acting_user_only
def data_prep_pair() -> str:
    """Pair two by hand."""
    return _decided(_of_two(decide.pair), "Match saved and accepted.")


@blueprint.post("/data-prep/part")
@acting_user_only
def data_prep_part() -> str:
    """These two are not the same."""
    return _decided(_of_two(decide.part), "Match removed. These two won’t be suggested again.")


@blueprint.post("/data-prep/new")
@acting_user_only
def data_prep_new() -> str:
    """Nothing in Schoology is this record."""

    def make_new(sis_id: str, _schoology_id: str) -> None:
        decide.make_new(own_district(), asked_kind(), sis_id, who=who())

    return _decided(make_new, "The next sync creates a new record in Schoology.")
