"""What Schoology should hold, in a neutral spelling: the payloads that rules make and adapters translate.

===========  ==========================================================================================
kind         payload keys
===========  ==========================================================================================
user         school_uid, role_id, first_name, middle_name, last_name, username, email, building_id,
             additional_building_ids (sorted list), graduation_year (int or None)
parent_link  student_uid, parent_uid (both are school_uids)
course       code, title, building_id, department
section      section_school_code, section_code, title, course_code, grading_period_ids (sorted list)
enrollment   admin (bool)
===========  ==========================================================================================

Ids are text. Empty text means "nothing to say", and the adapter leaves such a field out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

VERSION = 1
"""Raise when a payload gains a field: the next plan then shows updates, held like any mass update."""


def canonical(payload: Mapping[str, Any]) -> str:
    """One text for one meaning: sorted keys, no blanks."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def grading_periods_of(payload: str) -> set[str]:
    """The grading periods of a section's payload; empty text has none."""
    return set(json.loads(payload or "{}").get("grading_period_ids") or ())


def fingerprint(text: str) -> str:
    """32 hex digits that change when the canonical payload or its version changes."""
    return hashlib.blake2b(f"{VERSION}:{text}".encode(), digest_size=16).hexdigest()
