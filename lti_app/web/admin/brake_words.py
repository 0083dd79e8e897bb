"""What held a plan, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lti_app.sync.naming import Names
from lti_app.web.admin.words import FEEDS, counted_kind


def trip(found: Mapping[str, Any], names: Names) -> str:
    """One tripped brake with its numbers."""
    number, of, limit = found["number"], found["of"], found["limit"]
    kind = counted_kind(found["kind"], 2)
    where = names.sis_buildings.get(found["building"], found["building"]) or "no building"
    match found["brake"]:
        case "drops" if found["kind"] == "enrollment":
            return f"{where}: {number:,} of {of:,} {kind} would be ended. The limit is {limit}."
        case "drops":
            return f"{where}: {number:,} of {of:,} {kind} left the SIS at once. The limit is {limit}."
        case "updates":
            return f"{where}: {number:,} of {of:,} {kind} would be changed. The limit is {limit}."
        case "section":
            return (
                f"{where}: section {found['section']} would lose {number:,} of its {of:,} students. "
                f"The limit is {limit}."
            )
        case "admin_role":
            return f"{where}: the role of an administrator of Schoology would change. This always waits."
        case "already_there":
            return (
                f"{number:,} of the {of:,} people whom this first sync would make have a name or an e-mail "
                f"address that Schoology has already. The limit is {limit}. Discard it and do Data Prep "
                "first, or they may be there twice."
            )
        case "regenerated_ids":
            return (
                f"{where}: {number:,} of {of:,} {kind} that left the SIS came back under new ids. "
                "Linking them anew changes nothing in Schoology and makes no duplicates."
            )
        case _:
            return f"Schoology refused {number:,} of {of:,} changes. The rest waits, for it may fail as well."


def silent(found: Mapping[str, Any], names: Names) -> str:
    """A building of which nothing came."""
    where = names.sis_buildings.get(found["building"], found["building"]) or "No building"
    kind = counted_kind(found["kind"], found["links"])
    feed = FEEDS.get(found["feed"], found["feed"])
    return (
        f"{where}: the SIS sent no {feed} at all, though {found['links']:,} {kind} are linked there. "
        "Nothing was dropped or let go of."
    )
