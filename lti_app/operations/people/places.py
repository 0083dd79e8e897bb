"""Every place where the app may hold something of a person, and what becomes of it.

Each column of text or JSON of each table is named here once: tests/conventions/test_people.py fails for one
that isn't. `whose` says which person a row is about; `facts` are what it says of them, beside ids; `mentions`
may name people in a row that is about something else; `ids` and `plain` say nothing of a person but an id, or
nothing at all. Sealed columns, numbers, and moments need no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Ref(Enum):
    """How a column names a person. RECORD: the key, where the row is about a user. GUARDIAN: the key, in a
    parent link. JOINED: the key as a part of the row's own. ACCOUNT: the Schoology id, where the row is about
    a user. STUDENT: the id in the SIS's gradebook. LINE: as RECORD, and of a score's line the STUDENT as a
    part of its key. SIDE and SIDE_PERSON: the key on the SIS's side, the Schoology id on Schoology's."""

    KEY = auto()
    RECORD = auto()
    GUARDIAN = auto()
    JOINED = auto()
    ACCOUNT = auto()
    STUDENT = auto()
    LINE = auto()
    SIDE = auto()
    SIDE_PERSON = auto()
    UID = auto()
    SUBJECT = auto()


class Fate(Enum):
    """What becomes of rows about a person. REDUCE: their facts are emptied, and ids stay."""

    DELETE = auto()
    REDUCE = auto()
    KEEP = auto()


@dataclass(frozen=True)
class Place:
    """One table."""

    whose: Mapping[str, Ref] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    erased: Fate = Fate.KEEP
    """When the person is erased. What else mentions them is taken out of the columns of `mentions`."""
    left: Fate = Fate.KEEP
    """When the person left longer ago than the district keeps people who left."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is named, with those that are named twice."""
        return (*self.whose, *self.facts, *self.mentions, *self.ids, *self.plain)


RECORDS = {"sis_id": Ref.RECORD, "person": Ref.KEY, "parent": Ref.GUARDIAN}
REASON = ("reason_code", "reason_values")

PLACES: Mapping[str, Place] = {
    "link": Place(
        whose={**RECORDS, "schoology_id": Ref.ACCOUNT},
        facts=("label", "payload", "fingerprint", "birth_mark"),
        ids=("number", "natural_key"),
        plain=("kind", "building", "role", "state"),
        erased=Fate.DELETE,
        left=Fate.REDUCE,
    ),
    "staged": Place(
        whose=RECORDS,
        facts=("second_key", "label", "fingerprint", "payload", "twins", "record", "birth_mark", *REASON),
        mentions=("twins", "record", "reason_values"),
        ids=("number", "natural_key"),
        plain=("kind", "building", "feed", "role", "state", "hides", "kept_fields"),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "change": Place(
        whose={**RECORDS, "sis_id": Ref.LINE, "schoology_id": Ref.ACCOUNT},
        facts=("label", "fingerprint", "before", "after", "words", "reason_values"),
        mentions=("words", "reason_values"),
        ids=("number", "natural_key"),
        plain=("kind", "action", "building", "role", "state", "reason_code"),
        erased=Fate.DELETE,
        left=Fate.REDUCE,
    ),
    "refusal": Place(
        whose={"sis_id": Ref.JOINED},
        facts=("asked", "holder", "words", "reason_values"),
        mentions=("holder", "words", "reason_values"),
        plain=("kind", "action", "fingerprint", "reason_code"),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "problem": Place(
        whose={"sis_id": Ref.RECORD, "person": Ref.KEY},
        plain=("kind", "code", "role", "building"),
        erased=Fate.DELETE,
    ),
    "access_review": Place(
        whose=RECORDS,
        facts=("label", "reason_values"),
        mentions=("reason_values", "decided_by"),
        plain=("topic", "kind", "building", "state", "first_day", "last_day", "reason_code"),
        erased=Fate.DELETE,
        left=Fate.REDUCE,
    ),
    "prep_row": Place(
        whose={"ident": Ref.SIDE, "person": Ref.SIDE_PERSON, "parent": Ref.GUARDIAN},
        facts=("label", "search", "facts", "reason_values", "doubt_values"),
        mentions=("reason_values", "doubt_values"),
        ids=("number", "natural_key", "candidate"),
        plain=("kind", "side", "building", "feed", "role", "state", "status", "reason_code")
        + ("doubt_code",),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "prep_key": Place(
        whose={"ident": Ref.SIDE},
        facts=("text",),
        plain=("kind", "rule", "side"),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "prep_pair": Place(
        whose={"sis_id": Ref.RECORD, "schoology_id": Ref.ACCOUNT},
        mentions=("decided_by",),
        plain=("kind", "rule", "state"),
        erased=Fate.DELETE,
    ),
    "prep_line": Place(
        whose={"sis_id": Ref.RECORD, "schoology_id": Ref.ACCOUNT},
        mentions=("problem",),
        plain=("kind", "verb"),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "prep_upload": Place(mentions=("first_refused", "uploaded_by"), plain=("kind",)),
    "score_state": Place(
        whose={"student_id": Ref.STUDENT},
        facts=("pushed", "seen", "wanted", "offered", "agreed", "agreed_for", "intent", "reason_values"),
        ids=("seat",),
        plain=("status", "loss", "reason_code"),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "kept_score": Place(
        whose={"student_id": Ref.STUDENT},
        facts=("before", "after"),
        mentions=("restored_by",),
        plain=("section_id", "item_id", "title"),
        erased=Fate.DELETE,
        left=Fate.DELETE,
    ),
    "removed_assignment": Place(
        mentions=("scores", "restored_by"),
        plain=("section_id", "section_key", "item_id", "title", "assignment"),
    ),
    "item_state": Place(
        mentions=("shown", "reason_values"),
        plain=("section_id", "item_id", "sis_assignment", "fingerprint", "seen", "status", "title", "choices")
        + ("reason_code",),
    ),
    "section_settings": Place(
        mentions=("snapshot", "trial", "agreement", "problem", "excused", "effects"),
        plain=("section_id", "section_key", "settings", "learned", "account_zone"),
    ),
    "live_section": Place(
        mentions=("why", "backlog", "refused", "held", "far"),
        plain=("section_id", "spared"),
    ),
    "grade_wish": Place(
        whose={"asked_by_uid": Ref.UID},
        facts=("asked_by",),
        mentions=("request",),
        plain=("section_id",),
        erased=Fate.REDUCE,
    ),
    "job": Place(
        whose={"asked_by_uid": Ref.UID},
        facts=("asked_by",),
        mentions=("asked_by", "params", "message"),
        plain=("kind", "lane", "section_id", "trigger", "state", "phase", "owner", "lost_at")
        + ("unanswered_by",),
        erased=Fate.REDUCE,
    ),
    "run": Place(
        mentions=("counts", "checkpoint", "reason_values"),
        plain=("what", "state", "digest", "reason_code"),
    ),
    "alert": Place(mentions=("text",), plain=("key",)),
    "known_problem": Place(mentions=("by",), plain=("key",)),
    "reader": Place(
        whose={"subject": Ref.SUBJECT, "uid": Ref.UID},
        facts=("name",),
        ids=("allowed_by",),
        erased=Fate.DELETE,
    ),
    "launch_session": Place(
        whose={"subject": Ref.SUBJECT, "uid": Ref.UID},
        facts=("name", "login", "login_id"),
        plain=("token_hash", "role", "section_id", "section_title", "domain", "place")
        + ("time_zone", "opened_from"),
        erased=Fate.DELETE,
    ),
    "acting_user": Place(
        whose={"uid": Ref.UID, "subject": Ref.SUBJECT},
        facts=("name",),
        mentions=("problem",),
        plain=("time_zone",),
    ),
    "installation": Place(
        whose={"claimed_by_uid": Ref.UID},
        facts=("claimed_by_name",),
        mentions=("paused_reason",),
        plain=("deployment_id", "name", "schoology_domains", "consumer_key", "time_zone", "setup_code_hash")
        + ("contact",),
        erased=Fate.REDUCE,
    ),
    "audit": Place(  # ids only, so that who did what can be told as long as the district keeps it
        whose={"uid": Ref.UID, "sis_id": Ref.RECORD},
        plain=("name", "what", "kind", "old", "new"),
    ),
    "sis_connection": Place(
        mentions=("preview_confirmed_by", "grades_confirmed_by", "grades_doubt", "move", "problem")
        + ("gradebook_problem",),
        plain=("adapter", "settings", "secret_names", "allowed_hosts", "product", "version", "capabilities"),
    ),
    "sync_options": Place(
        mentions=("mail_to", "next_due_why"),
        plain=("mode", "brakes", "provisioning", "retention", "grades", "prep", "schoology_lists")
        + ("summary_sent", "digest_sent"),
    ),
    "person_hold": Place(whose={"key": Ref.KEY, "uid": Ref.UID}, ids=("set_by",)),
    "erased_person": Place(plain=("mark",)),
    "event": Place(plain=("section_id", "body", "state")),
    "live_sync": Place(mentions=("problem",), plain=("secret_hash", "former_hash", "target_id", "leftovers")),
    "sweep": Place(),
    "scope": Place(plain=("kind", "building")),
    "category_map": Place(plain=("section_id", "category_id", "sis_category")),
    "building": Place(
        plain=("sis_id", "name", "code", "address", "city", "state", "postal_code", "phone")
        + ("schoology_id", "schoology_name"),
    ),
    "term": Place(
        plain=("key", "name", "kind", "parent", "buildings", "code")
        + ("grading_period_id", "grading_period_title"),
    ),
    # Of the whole app, and gone within minutes: the login and consent of someone who opens the app.
    "launch_state": Place(plain=("state_hash", "nonce", "login", "binding_hash")),
    "authorize_window": Place(plain=("return_hash", "launch_token_hash", "request_token")),
    "platform": Place(
        plain=("issuer", "client_id", "auth_url", "token_url", "jwks_url", "public_jwk", "former_public_jwk")
    ),
    "lease": Place(plain=("name", "holder")),
    "epoch": Place(plain=("name",)),
}
