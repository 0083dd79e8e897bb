"""A value with named parts that a table holds as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class StoredJson:
    """Its fields are the keys. What is as it is by default is not written, and what is not known is kept."""

    ALWAYS: ClassVar[tuple[str, ...]] = ()
    """Keys that are written whatever they hold."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """What another version of the app wrote."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The value of what a row holds."""
        known = {each.name: each for each in fields(cls) if each.name != "others"}
        values = {
            name: tuple(value) if isinstance(_default(known[name]), tuple) else value
            for name, value in stored.items()
            if name in known and value is not None
        }
        return cls(**values, others={name: value for name, value in stored.items() if name not in known})

    def to_json(self) -> dict[str, Any]:
        """What a row should hold."""
        written = dict(self.others)
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name != "others" and (each.name in self.ALWAYS or value != _default(each)):
                written[each.name] = list(value) if isinstance(value, tuple) else value
        return written


def _default(of: Field[Any]) -> Any:
    return of.default_factory() if of.default_factory is not MISSING else of.default
