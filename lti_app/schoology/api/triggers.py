"""Schoology's triggers: where events are posted to, and which ones.

Sources: the vendor's documentation of triggers. `subscribed` in the list of subscriptions is always 0 there,
so what is subscribed is confirmed by subscribing once more, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from lti_app.outbound.errors import NotFound, Unexpected
from lti_app.schoology.api.client import SchoologyClient
from lti_app.schoology.port import Target
from lti_app.schoology.words import SchoologyCode, told

TAKEN = 200


class TriggersApi:
    """Implements lti_app.schoology.port.SchoologyTriggers."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def targets(self) -> list[Target]:
        """Every target of the organization."""
        rows = self._client.get("triggers/targets").get("target") or []
        rows = [rows] if isinstance(rows, dict) else rows
        return [Target(str(row["id"]), str(row.get("target") or "")) for row in rows]

    def add_target(self, url: str, description: str) -> str:
        """Make a target; its id."""
        row = self._client.post("triggers/targets", {"target": url, "description": description})
        if not row.get("id"):
            raise Unexpected(**told(SchoologyCode.WITHOUT_ID, what="trigger target"), url="triggers/targets")
        return str(row["id"])

    def move_target(self, target_id: str, url: str) -> bool:
        """Give a target another address; False when it is not there any more."""
        try:
            self._client.put(f"triggers/targets/{target_id}", {"target": url})
        except NotFound:
            return False
        return True

    def remove_target(self, target_id: str) -> None:
        """Remove a target; one that is gone is fine."""
        try:
            self._client.delete(f"triggers/targets/{target_id}")
        except NotFound:
            return

    def subscribe(self, target_id: str, names: Sequence[str], on: bool) -> list[str]:
        """Subscribe to triggers or end it; what Schoology refused, in its words."""
        items = [
            {
                "target_id": int(target_id),
                "trigger": name,
                "subscribed": int(on),
                "version": "v1",
                "include_object": 0,
            }
            for name in names
        ]
        rows = self._client.put("triggers/subscriptions", {"subscription": items}).get("subscription") or []
        rows = [rows] if isinstance(rows, dict) else rows
        if len(rows) != len(items):
            return ["Schoology answered for another number of subscriptions than were asked for."]
        return [
            str(row.get("message") or f"status {row.get('status')}")
            for row in rows
            if str(row.get("status")) != str(TAKEN)
        ]
