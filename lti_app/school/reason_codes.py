"""The codes of reasons. A stored code keeps its name; its sentence is in lti_app.runs.words.reasons."""

from __future__ import annotations

from enum import StrEnum, auto


class Code(StrEnum):
    """One thing that can be said of a line, a job, a connection or a person's permission."""

    OTHER = auto()
    SEVERAL = auto()
