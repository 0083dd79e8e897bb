"""Numbers in texts: what a gradebook takes for one, and nothing that only Python does."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)


def read_number(value: object) -> Decimal | None:
    """A finite number, else None: `nan`, `1_0`, and digits of other scripts are none."""
    text = str(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None
