"""What an update of a person sends: only what the SIS changed, so that what was set by hand stays."""

from __future__ import annotations

import json
from typing import Any

TARGET = (
    "installation_id",
    "run_id",
    "seq",
    "kind",
    "action",
    "sis_id",
    "schoology_id",
    "building",
    "parent",
    "person",
    "role",
    "number",
    "natural_key",
    "label",
    "fingerprint",
    "before",
    "after",
    "state",
    "batch",
    "reason_code",
    "reason_values",
    "words",
)


def fields_to_send(before: str, after: str) -> dict[str, Any]:
    """The fields of a user that differ from what was last applied, with the key.

    Everything, when nothing was applied yet or nothing differs: then the whole record is to be put right.
    """
    wanted: dict[str, Any] = json.loads(after or "{}")
    applied: dict[str, Any] = json.loads(before or "{}")
    changed = {name: value for name, value in wanted.items() if applied.get(name) != value}
    if not applied or not changed:
        return wanted
    return {"school_uid": wanted.get("school_uid", ""), **changed}
