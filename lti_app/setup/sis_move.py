"""The move of a district that has links to another SIS, version or address.

Keys of people and classes may mean something else there. So from the moment at which it is stored, every sync
stops; plans and Data Prep go on, for they send nothing. A person looks at what is known again and confirms,
or goes back to what was there before.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from lti_app import clock
from lti_app.models import Installation, SisConnection
from lti_app.school.options import ProvisioningOptions
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reasons import Reason, because
from lti_app.school.records import OBJECTS
from lti_app.school.unique_ids import label
from lti_app.setup.choices import read_options, save_options
from lti_app.setup.connection_entry import Entry
from lti_app.sis import registry
from lti_app.store import audit, links
from lti_app.store.audit import Who
from lti_app.store.district import District

SOME = 3
"""Sections that are asked before anything is said of a whole gradebook."""
MOVING = because(SetupCode.PAUSED_MOVING)


def moving(district: District) -> dict[str, Any]:
    """What changed and who changed it, while no one has confirmed it; empty otherwise."""
    row = district.session.get(SisConnection, district.id)
    return dict(row.move) if row is not None else {}


def has_links(district: District) -> bool:
    """Whether the district has anything that another SIS may know by other keys."""
    return any(links.counts.every(district, kind) for kind in OBJECTS)


def some_sections(district: District, *, without: str = "") -> list[str]:
    """The SIS keys of a few linked sections, but for that of one Schoology section; empty without any."""
    every = (each.sis_id for each in links.lists.sections(district) if each.schoology_id != without)
    return list(islice(every, SOME))


def begin_if_moved(district: District, row: SisConnection, entry: Entry, who: Who) -> None:
    """Stop every sync when an entry leads to other keys than those of the links, and let them go on when it
    leads back. Called before the entry is stored; the caller commits."""
    options = read_options(district)
    before = _identity(row.adapter, row.settings, options)
    after = _identity(entry.adapter, entry.settings, options)
    _begin_or_end(district, row, who, before=before, after=after)


def change_unique_ids(district: District, wanted: ProvisioningOptions, who: Who) -> None:
    """Store what unique ids are made of. Where links exist, that is a change like another SIS, because it
    changes how people sign in. The caller commits."""
    options = read_options(district)
    fresh = replace(options, unique_id=wanted.unique_id, id_prefixes=wanted.id_prefixes)
    audit.record(district, who, "Unique ID", old=label(options.unique_id), new=label(fresh.unique_id))
    row = district.session.get(SisConnection, district.id)
    if row is not None:
        before = _identity(row.adapter, row.settings, options)
        after = _identity(row.adapter, row.settings, fresh)
        _begin_or_end(district, row, who, before=before, after=after)
    save_options(district, fresh)


def _begin_or_end(
    district: District, row: SisConnection, who: Who, *, before: dict[str, str], after: dict[str, str]
) -> None:
    if row.move and after == row.move["before"]:
        end(district, row, who, words="went back to what was there before")
    elif not row.move and after != before and has_links(district):
        installation = district.session.get_one(Installation, district.id)
        row.move = {
            "before": before,
            "title": _title(row.adapter),
            "paused": installation.paused_reason.to_json(),
            "by": who.name,
            "at": clock.now().isoformat(),
        }
        audit.record(district, who, audit.PAUSE, old=installation.paused_reason, new=MOVING)
        installation.paused_reason = MOVING


def end(district: District, row: SisConnection, who: Who, *, words: str) -> None:
    """Syncs may go on, unless they were paused before for another reason. The caller commits."""
    installation = district.session.get_one(Installation, district.id)
    before = installation.paused_reason
    if before == MOVING:
        installation.paused_reason = Reason.from_json(row.move.get("paused"))
        audit.record(district, who, audit.PAUSE, old=before, new=installation.paused_reason)
    audit.record(district, who, "Change of SIS", new=words)
    row.move = {}


def _identity(adapter: str, settings: Any, options: ProvisioningOptions) -> dict[str, str]:
    described = registry.find(adapter)
    ids = {f"prefix of {group}": text for group, text in sorted(options.id_prefixes.items())}
    keys = described.identity(settings) if described else {}
    return {"adapter": adapter, "unique id": options.unique_id, **ids, **keys}


def _title(adapter: str) -> str:
    described = registry.find(adapter)
    return described.title if described else adapter
