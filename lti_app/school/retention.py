"""How long each class of data is kept, in days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Retention:
    """What is older is forgotten once a day. Lines of a run are kept while it can be undone."""

    changes: int = 180
    """The lines of finished runs: they name people."""
    reads: int = 90
    """What the last syncs read from the SIS: it names people, and is what *Why?* explains from."""
    scores: int = 400
    """Scores as they were sent, of courses that weren't opened or synced for this long."""
    runs: int = 730
    """Runs and jobs, with their counts."""
    audit: int = 1095
    """Who changed which setting."""
    left: int = 365
    """People who left the SIS: after that only ids of them are kept."""
    events: int = 14
    """Events of Schoology that were dealt with."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Retention:
        """Retention from what the database holds; unknown keys are dropped."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: int(value) for name, value in stored.items() if name in known})

    def to_json(self) -> dict[str, int]:
        """What the database should hold."""
        return asdict(self)
