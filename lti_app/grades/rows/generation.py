"""The generation of a section's memory: it grows with every write, so that an older reading is found out."""

from __future__ import annotations

from sqlalchemy import update

from lti_app.models import SectionSettings
from lti_app.store.district import District


def current(district: District, section_id: str) -> int:
    """The generation now; 0 while nothing is kept of the section."""
    query = district.select(SectionSettings.generation).where(SectionSettings.section_id == section_id)
    return district.session.scalar(query) or 0


def grow(district: District, section_id: str, *, still: int | None = None) -> bool:
    """Begin the next one, in the caller's transaction; False when it is not the `still` expected one any
    more. Whoever else writes to the section waits until the transaction ends."""
    mine = (SectionSettings.installation_id == district.id, SectionSettings.section_id == section_id)
    expected = mine if still is None else (*mine, SectionSettings.generation == still)
    grown = district.session.execute(
        update(SectionSettings)
        .where(*expected)
        .values(generation=SectionSettings.generation + 1)
        .returning(SectionSettings.generation)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(grown)
