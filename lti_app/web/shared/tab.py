"""What every tab of both apps is shown with: its place and its message."""

from __future__ import annotations

from dataclasses import dataclass

Message = tuple[str, str]
"""Level (success, info, warning or danger) and a sentence."""


INVALID: Message = ("danger", "Nothing was saved. Fix the marked fields and try again.")


@dataclass(frozen=True)
class Tab:
    """One entry of the tab bar; its page is the endpoint admin.<key>."""

    key: str
    title: str

    @property
    def path(self) -> str:
        """Where the tab's button posts to."""
        return f"/admin/{self.key.replace('_', '-')}"
