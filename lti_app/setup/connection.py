"""The connection of an installation to its SIS: read, saved, tested, its first read confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from lti_app import clock
from lti_app.models import SisConnection
from lti_app.outbound.errors import ToDo
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.records import Section
from lti_app.setup import sis_move
from lti_app.setup.connection_entry import Entry, differs, moved_places, sealed, shown
from lti_app.sis import registry
from lti_app.sis.errors import SisError, SisNotRecognized, SisRejected
from lti_app.sis.port import Feed, Sis, SisInfo
from lti_app.sis.services import Service, by_service, refused_gradebook
from lti_app.store import audit
from lti_app.store.audit import Who
from lti_app.store.district import District
from lti_app.vault import Vault

SIS = "Student information system"


def read(district: District) -> SisConnection:
    """The stored connection, or a blank one that is not stored."""
    return district.session.get(SisConnection, district.id) or blank(district.id)


def stored(district: District) -> SisConnection:
    """The stored connection; a blank one is stored where there is none. The caller commits."""
    row = district.session.get(SisConnection, district.id)
    if row is None:
        row = blank(district.id)
        district.session.add(row)
    return row


def blank(installation_id: int) -> SisConnection:
    """A connection without credentials, outside of any session."""
    return SisConnection(
        installation_id=installation_id,
        adapter=registry.first().name,
        settings={},
        secrets="",
        secret_names=[],
        allowed_hosts={},
        product="",
        version="",
        capabilities={},
        problem=NO_REASON,
        gradebook_problem=NO_REASON,
        move={},
        grades_doubt={},
        preview_confirmed_by="",
    )


def product(district: District) -> str:
    """What pages call the SIS of this district."""
    described = registry.find(read(district).adapter)
    return described.product if described is not None else "the SIS"


def caution(district: District) -> str:
    """What is assumed rather than known of the SIS of this district; empty for nothing."""
    described = registry.find(read(district).adapter)
    return described.caution if described is not None else ""


def trial(stored: SisConnection, entry: Entry, vault: Vault) -> SisConnection:
    """A connection as entered, for one test; it is never stored. Raises VaultError."""
    attempt = blank(stored.installation_id)
    attempt.adapter, attempt.settings = entry.adapter, dict(entry.settings)
    attempt.allowed_hosts = dict(stored.allowed_hosts or {})
    attempt.secrets, attempt.secret_names = sealed(entry, stored, vault)
    return attempt


def save(district: District, entry: Entry, who: Who, vault: Vault) -> None:
    """Store an entry without problems. What an earlier test found no longer counts. Another server needs a
    new first read, and where links exist, a person has to confirm the move.

    The caller commits. Raises VaultError when the secrets that are kept cannot be opened.
    """
    fresh = district.session.get(SisConnection, district.id) is None
    row = stored(district)
    if not fresh and not differs(entry, row):
        return
    values = sealed(entry, row, vault)
    if moved_places(entry, row):
        row.preview_confirmed_at, row.preview_confirmed_by = None, ""
        row.grades_confirmed_at, row.grades_confirmed_by, row.grades_doubt = None, "", {}
    if not fresh:
        sis_move.begin_if_moved(district, row, entry, who)
    _audit(district, row, entry, who, fresh=fresh)
    row.adapter, row.settings = entry.adapter, dict(entry.settings)
    row.secrets, row.secret_names = values
    row.product, row.version, row.capabilities = "", "", {}
    row.checked_at, row.problem, row.gradebook_problem = None, NO_REASON, NO_REASON


def _audit(district: District, row: SisConnection, entry: Entry, who: Who, *, fresh: bool) -> None:
    """One line for each field that changes; secrets only as changed."""
    before, after = registry.find(row.adapter), registry.description(entry.adapter)
    if before is not after:
        audit.record(district, who, SIS, old=before.title if before else row.adapter, new=after.title)
    elif fresh:
        audit.record(district, who, SIS, new=after.title)
    old = shown(before, row.settings) if before else {}
    new = shown(after, entry.settings)
    for label in dict.fromkeys((*old, *new)):
        audit.record(district, who, f"SIS {label.lower()}", old=old.get(label), new=new.get(label))
    for each in after.secrets:
        if each.name in entry.secrets:
            audit.record(district, who, f"SIS {each.label.lower()}", new=audit.CHANGED)


def note_success(district: District, info: SisInfo) -> None:
    """Keep what a test of the stored credentials found. The caller commits."""
    row = district.session.get_one(SisConnection, district.id)
    row.product, row.version = info.product, info.version
    row.capabilities = dict(info.measured)
    row.checked_at, row.problem = clock.now(), NO_REASON


def note_problem(district: District, error: SisError) -> None:
    """Keep why the stored settings do not work; an outage says nothing about them. The caller commits."""
    row = district.session.get(SisConnection, district.id)
    passes = error.to_do is ToDo.WAIT and not isinstance(error, SisNotRecognized)
    if row is None or passes:
        return
    row.checked_at, row.problem = clock.now(), error.reason


def note_refusal(district: District, error: SisError) -> None:
    """Keep a refusal that a job met, with the service that refused. The caller commits."""
    row = district.session.get_one(SisConnection, district.id)
    if error.service is Service.GRADEBOOK:
        row.gradebook_problem = error.reason
    else:
        row.problem = error.reason


def check(district: District, sis: Sis) -> SisInfo:
    """Test both services of the stored connection and keep the result; commits.

    Raises SisError when the connection as a whole does not work. A gradebook that alone is refused is only
    noted, in `gradebook_problem`.
    """
    district.session.commit()
    try:
        info = sis.check()
    except SisError as error:
        note_problem(district, error)
        district.session.commit()
        raise
    note_success(district, info)
    district.session.commit()
    refusal = ask_gradebook(sis, sis_move.some_sections(district))
    district.session.get_one(SisConnection, district.id).gradebook_problem = refusal
    district.session.commit()
    return info


def ask_gradebook(sis: Sis, section_keys: Sequence[str] = ()) -> Reason:
    """Why the SIS refuses its gradebook, or no reason. It is asked for these sections, or for the first one
    of the SIS, and refuses when it refuses each of them. An outage, and an SIS without a section, say nothing
    about permission."""
    asked, refusal = by_service(sis), NO_REASON
    try:
        keys = section_keys or _first_section(asked)
    except SisError:
        return NO_REASON
    for key in keys:
        try:
            asked.gradebook_settings(key)
        except SisRejected:
            return NO_REASON
        except SisError as error:
            if not refused_gradebook(error):
                return NO_REASON
            refusal = error.reason
        else:
            return NO_REASON
    return refusal


def _first_section(sis: Sis) -> list[str]:
    page = next(iter(sis.read(Feed.SECTIONS)), [])
    return [each.key for each in page if isinstance(each, Section)][:1]


def confirm_first_read(district: District, who: Who) -> None:
    """Note that a person looked at what was read and found it right. The caller commits."""
    row = district.session.get_one(SisConnection, district.id)
    row.preview_confirmed_at, row.preview_confirmed_by = clock.now(), who.name
    audit.record(district, who, "SIS data check", new="confirmed")
