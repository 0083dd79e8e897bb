"""What the face answers instead of an object, in the standard's own form."""

from __future__ import annotations

from typing import Any


class Wrong(Exception):
    """A refusal: its status, its words, and a minor code of the standard."""

    def __init__(self, status: int, words: str, minor: str = "invaliddata") -> None:
        super().__init__(words)
        self.status, self.words, self.minor = status, words, minor

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        named = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": self.minor}
        return {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": self.words,
            "imsx_CodeMinor": {"imsx_codeMinorField": [named]},
        }
