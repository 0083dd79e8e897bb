"""The two services of an SIS, rosters and gradebook: which of them refused.

Many servers license them apart, or grant a scope for each (OneRoster 1.2, section 3). So a refusal of the
gradebook says nothing about rosters.
"""

from __future__ import annotations

from typing import Any, cast

from lti_app.outbound.errors import ToDo
from lti_app.sis.errors import Service, SisError
from lti_app.sis.port import Sis, SisGradebook

__all__ = ["Service", "by_service", "refused_gradebook"]

GRADEBOOK_CALLS = frozenset(name for name in vars(SisGradebook) if not name.startswith("_"))
"""The calls of the port that belong to the gradebook."""


def by_service(sis: Sis) -> Sis:
    """The same SIS; what it raises tells which service refused, unless the adapter says so already."""
    return cast(Sis, _ByService(sis))


def refused_gradebook(error: SisError) -> bool:
    """Whether the gradebook alone refused: grades are off until someone acts, rosters go on."""
    return error.service is Service.GRADEBOOK and error.to_do is ToDo.ASK_ADMINISTRATOR


class _ByService:
    """Passes every call on to the SIS."""

    def __init__(self, sis: Sis) -> None:
        self._sis = sis

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._sis, name)
        if name not in GRADEBOOK_CALLS:
            return found

        def asked(*args: Any, **kwargs: Any) -> Any:
            try:
                return found(*args, **kwargs)
            except SisError as error:
                error.service = error.service or Service.GRADEBOOK
                raise

        return asked
