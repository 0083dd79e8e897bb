"""Both outside worlds, small and strict; imports nothing else of lti_app."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TEMPLATES: Final = str(Path(__file__).parent / "templates")
STATIC: Final = str(Path(__file__).parent / "static" / "schoology")
