"""What is known of each vendor's OneRoster server: a table of facts, read by the adapter, never code.

Sources: docs/oneroster.md names them by vendor. A fact that no one has published stands as in OTHER.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Profile:
    """One vendor. Lengths are in characters."""

    title: str
    page: int = 1000
    """Rows that are asked for at once."""
    longest_title: int = 255
    whole_points: bool = False
    grades: bool = True
    """It takes grades over OneRoster."""
    deletes: bool = True
    """Line items and results can be deleted."""
    flags: bool = False
    """The flag `missing` of 1.2 does something."""
    own_category: str = ""
    """What 1.1 takes as a category where it lists none."""

    def measured(self) -> Mapping[str, Any]:
        """What of the capabilities is otherwise with this vendor."""
        off: dict[str, Any] = {} if self.grades else {"grades": False}
        off |= {} if self.deletes else {"delete": False, "clear": False}
        off |= {"flags": True} if self.flags else {}
        return off | {"limits": {"title": self.longest_title, "whole_points": self.whole_points}}


PROFILES: Mapping[str, Profile] = {
    "other": Profile("Another system, or I’m not sure"),
    "eschoolplus": Profile("eSchoolPLUS (PLUS360)"),
    "powerschool": Profile("PowerSchool SIS", longest_title=30),
    "infinite_campus": Profile(
        "Infinite Campus",
        page=5000,
        longest_title=50,
        whole_points=True,
        own_category="11111111-1111-1111-1111-111111111111",
    ),
    "aeries": Profile("Aeries", longest_title=50, whole_points=True),
    "classlink": Profile("ClassLink Roster Server", grades=False),
    "synergy": Profile("Synergy"),
    "skyward": Profile("Skyward", grades=False),
    "blackbaud": Profile("Blackbaud", deletes=False),
}
"""The value of the field `profile` → the vendor; the first one is the default."""
