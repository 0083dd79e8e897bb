"""What held a plan, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lti_app.runs.names import Names
from lti_app.runs.words import FEEDS, counted_kind


def trip(found: Mapping[str, Any], names: Names) -> str:
    """One tripped brake with its numbers."""
    number, of, limit = found["number"], found["of"], found["limit"]
    kind = counted_kind(found["kind"], 2)
    where = names.sis_buildings.get(found["building"], found["building"]) or "no building"
    match found["brake"]:
        case "drops":
            whose = "teachers" if found.get("who") else "students"
            return f"{where}: {number:,} of {of:,} {kind} of {whose} would be ended. The limit is {limit}."
        case "left":
            return f"{where}: {number:,} of {of:,} {kind} left the SIS at once. The limit is {limit}."
        case "moved":
            return (
                f"{where}: {number:,} of {of:,} {kind} would come from another building. "
                f"The limit is {limit}."
            )
        case "updates":
            return f"{where}: {number:,} of {of:,} {kind} would be changed. The limit is {limit}."
        case "section":
            return (
                f"{where}: section {found['section']} would lose {number:,} of its {of:,} students. "
                f"The limit is {limit}."
            )
        case "last_teacher":
            return (
                f"{where}: {number:,} of {of:,} {kind} would be left without any teacher. This always waits."
            )
        case "admin_role":
            return (
                f"{where}: {number:,} {counted_kind(found['kind'], number)} would become a system "
                "administrator of Schoology, or stop being one. This always waits."
            )
        case "same_account" | "already_there" | "regenerated_ids":
            return _known(found, where, kind)
        case _:
            return f"Schoology refused {number:,} of {of:,} changes. The rest waits, for it may fail as well."


def _known(found: Mapping[str, Any], where: str, kind: str) -> str:
    """A brake about records that Schoology seems to have already."""
    number, of = found["number"], found["of"]
    if found["brake"] == "same_account":
        return (
            f"{number:,} {counted_kind(found['kind'], number)} that left the SIS came back under a new "
            "id with the same name and username or e-mail address. Schoology would refuse a second "
            "account. Linking anew keeps the first one with its classes."
        )
    if found["brake"] == "already_there":
        return (
            f"{number:,} of the {of:,} people whom this first sync would make have a name or an e-mail "
            f"address that Schoology has already. The limit is {found['limit']}. Discard it and do Data "
            "Prep first, or they may be there twice."
        )
    return (
        f"{where}: {number:,} of {of:,} {kind} that left the SIS came back under new ids. "
        "Linking them anew changes nothing in Schoology and makes no duplicates."
    )


def silent(found: Mapping[str, Any], names: Names) -> str:
    """A building of which nothing came."""
    where = names.sis_buildings.get(found["building"], found["building"]) or "No building"
    kind = counted_kind(found["kind"], found["links"])
    feed = FEEDS.get(found["feed"], found["feed"])
    return (
        f"{where}: the SIS sent no {feed} at all, though {found['links']:,} {kind} are linked there. "
        "Nothing was dropped or let go of."
    )
