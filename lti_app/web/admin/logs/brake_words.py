"""What held a plan, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lti_app.formats import number, plural
from lti_app.runs.names import Names
from lti_app.runs.words import FEEDS, counted_kind
from lti_app.web.admin.logs.people_brakes import SAID


def trip(found: Mapping[str, Any], names: Names) -> str:
    """One tripped brake with its numbers."""
    of, limit = found["of"], found["limit"]
    kind = counted_kind(found["kind"], of)
    share = f"{number(found['number'])} of {number(of)}"
    where = names.sis_buildings.get(found["building"], found["building"]) or "No school"
    if said := SAID.get(found["brake"]):
        return said(found, where)
    match found["brake"]:
        case "drops":
            whose = "teacher" if found.get("who") else "student"
            return f"{where}: {share} {whose} {kind} would end. The limit is {limit}."
        case "left":
            return f"{where}: {share} {kind} left the SIS in one sync. The limit is {limit}."
        case "moved":
            return f"{where}: {share} {kind} would move here from another school. The limit is {limit}."
        case "updates":
            return f"{where}: {share} {kind} would change. The limit is {limit}."
        case "section":
            return f"{where}: section {found['section']} would lose {share} students. The limit is {limit}."
        case "last_teacher":
            return f"{where}: {share} {kind} would have no teacher. This always needs your approval."
        case "course_renamed" | "code_reused":
            return _course(found, where)
        case "same_account" | "already_there" | "regenerated_ids" | "recreated" | "admin_role":
            return _known(found, where, f"{share} {kind}")
        case _:
            return f"Schoology refused {share} changes. The rest are on hold because they may fail too."


def _course(found: Mapping[str, Any], where: str) -> str:
    """A brake about courses whose key or meaning changed."""
    if found["brake"] == "course_renamed":
        its = plural(found["number"], "its", "their")
        return (
            f"{_counted(found)} left the SIS, and all of {its} sections are under a new course now. "
            "Link to the new IDs to rename the existing Schoology course. Approve only if the new course "
            "should be created next to it."
        )
    return (
        f"{where}: {_counted(found)} got an unrelated title in the SIS. The code may stand for another "
        "course now. Approve only if the Schoology course should be renamed."
    )


def _counted(found: Mapping[str, Any]) -> str:
    """How many records a brake is about, with their kind."""
    return f"{number(found['number'])} {counted_kind(found['kind'], found['number'])}"


def _known(found: Mapping[str, Any], where: str, share: str) -> str:
    """A brake about people and records that Schoology seems to have already."""
    some = found["number"]
    counted = f"{number(some)} {counted_kind(found['kind'], some)}"
    if found["brake"] == "admin_role":
        becoming = plural(some, "a Schoology system administrator", "Schoology system administrators")
        return (
            f"{where}: {counted} would become {becoming} or stop being one. This always needs your approval."
        )
    if found["brake"] == "same_account":
        return (
            f"{counted} who left the SIS came back under a new ID with the same name and the same username "
            "or email. Schoology would refuse a second account. Link the first account to the new ID to keep "
            "its classes."
        )
    if found["brake"] == "already_there":
        return (
            f"{number(some)} of {number(found['of'])} people in this first sync may already have Schoology "
            f"accounts (same name or email). The limit is {found['limit']}. Discard this sync and run Data "
            "Prep first to avoid duplicates."
        )
    return (
        f"{where}: {share} that left the SIS came back under new IDs. Link the existing records to the new "
        "IDs: this changes nothing in Schoology and creates no duplicates."
    )


def unjudged(found: Mapping[str, Any], names: Names) -> str:
    """A school that the SIS tells nothing of though linked records are missing there."""
    where = names.sis_buildings.get(found["building"], found["building"]) or "No school"
    kind = counted_kind(found["kind"], found["links"])
    return (
        f"{where}: {number(found['links'])} {kind} {plural(found['links'], 'is', 'are')} missing from the "
        "SIS, but the SIS sends nothing for this school anymore, so nothing was ended. End them in Schoology "
        "if they left."
    )


def silent(found: Mapping[str, Any], names: Names) -> str:
    """A building of which nothing came."""
    where = names.sis_buildings.get(found["building"], found["building"]) or "No school"
    kind = counted_kind(found["kind"], found["links"])
    feed = FEEDS.get(found["feed"], found["feed"])
    return (
        f"{where}: the SIS sent no {feed} at all, but {number(found['links'])} {kind} "
        f"{plural(found['links'], 'is', 'are')} linked there. Nothing was dropped."
    )
