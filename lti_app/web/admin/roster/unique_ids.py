"""What Schoology's unique IDs are made of: shown with five real people, then chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import request

from lti_app.extensions import db
from lti_app.school import unique_ids
from lti_app.school.records import Kind
from lti_app.setup import choices, sis_move
from lti_app.sis.port import Sis
from lti_app.store import links
from lti_app.sync.review import unique_id_preview
from lti_app.sync.review.unique_id_preview import Preview
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

READ: Message = ("info", "Five people were read from the SIS. Nothing was stored or sent.")
UNSEEN: Message = ("warning", "Nothing was saved: first show five people, and choose one of their IDs.")


def render(messages: Sequence[Message] = (), preview: Preview | None = None) -> str:
    """The page, with five people if they were just read."""
    district = own_district()
    return show(
        "users",
        "admin/unique_ids.html",
        messages,
        preview=preview,
        chosen=choices.read_options(district).unique_id,
        label=unique_ids.label,
        has_accounts=bool(links.counts.every(district, Kind.USER)),
    )


@blueprint.post("/users/unique-ids")
@admin_reader
@place()
def users_unique_ids() -> str:
    """Show the page."""
    return render()


@blueprint.post("/users/unique-ids/people")
@acting_user_only
def users_unique_ids_people() -> str:
    """Read five people and look their IDs up in Schoology."""
    message, preview = _read()
    return render([message], preview)


@blueprint.post("/users/unique-ids/save")
@acting_user_only
def users_unique_ids_save() -> str:
    """Store the choice. Where people are linked, it's a change that has to be confirmed."""
    district = own_district()
    source = request.form.get("source", "")
    if not source or source not in request.form.getlist("seen"):
        return render([UNSEEN])
    options = choices.read_options(district)
    sis_move.change_unique_ids(district, replace(options, unique_id=source), who())
    moving = bool(sis_move.moving(district))
    db.session.commit()
    return render([MOVED if moving else SAVED])


SAVED: Message = ("success", "Saved. The first sync uses these unique IDs.")
MOVED: Message = (
    "warning",
    "Saved. Because people are linked, every sync is paused until you confirm the change: open “Change of "
    "SIS” on the Configuration tab.",
)


def _read() -> tuple[Message, Preview | None]:
    found: list[Preview] = []
    options = choices.read_options(own_district())

    def ask(sis: Sis) -> Message:
        return ask_systems.ask_schoology(
            lambda schoology: _keep(found, unique_id_preview.preview(sis, schoology, options))
        )

    message = ask_systems.ask_sis(ask)
    return message, found[0] if found else None


def _keep(found: list[Preview], preview: Preview) -> Message:
    found.append(preview)
    return READ
