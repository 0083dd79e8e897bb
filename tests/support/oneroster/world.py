"""A district that reaches its SIS by OneRoster, with the sandbox's Schoology on the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import BuildingRow, Link, SisConnection, SyncOptions, TermRow
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.oneroster.face import Face, Knobs
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.options import ProvisioningOptions
from lti_app.sis.oneroster.capabilities import CAPABILITIES
from tests.support.gradebook import Class
from tests.support.world import World, make_world, map_schools_and_terms

SECRET = {"client_secret": "sandbox-secret"}


@dataclass
class OneRosterWorld:
    """The face of the sandbox SIS, and everything around it."""

    world: World
    face: Face

    @property
    def book(self) -> Gradebook:
        """The gradebook of the SIS."""
        found: Gradebook = self.world.sis.app.extensions["sis"].gradebook
        return found

    def links(self, kind: str) -> dict[str, Link]:
        """SIS key → link of everything of a kind that is linked."""
        with self.world.app.app_context():
            found = db.session.query(Link).filter(Link.kind == kind).all()
            db.session.expunge_all()
            return {each.sis_id: each for each in found}

    def section(self) -> int:
        """The SIS key of the linked section with the most students."""
        keys = [int(each.rpartition("-")[2]) for each in self.links("section")]
        today, rows = clock.now().date(), self.world.district.enrollments
        return max(keys, key=lambda key: sum(each.open_on(today) for each in rows.get(key, ())))

    def room(self, **fields: Any) -> Class:
        """A section with both gradebooks, and one category that is matched."""
        number = self.section()
        key = f"{self.face.knobs.id_prefix}cls-{number}"
        section_id = self.links("section")[key].schoology_id
        made = far_book.add_category(self.world.store, int(section_id), "Everything", **fields)
        code = self.book.settings(number).categories[0].code
        sides: Any = (number, 1, self.book)
        room = Class(self.world, section_id, *sides, code, made)
        room.policy(GradePolicy(ask=False))
        room.map(**{f"c{made.id}": f"{self.face.knobs.id_prefix}cat-{code}"})
        return room


def settings_of(address: str, version: str = "1.2", **changes: str) -> dict[str, str]:
    """What an administrator types for the sandbox."""
    token = f"{address}/ims/oneroster/token"
    return {
        "base_url": address,
        "token_url": token,
        "client_id": "sandbox",
        "version": version,
        "sign_in": "oauth2",
        "profile": "other",
        **changes,
    }


@contextmanager
def make_oneroster_world(
    folder: Path, *, version: str = "1.2", knobs: Knobs | None = None, **changes: Any
) -> Iterator[OneRosterWorld]:
    """Connected, mapped, everything chosen, first read confirmed; nothing synced yet."""
    face = Face(knobs or Knobs(page_cap=100))
    with make_world(folder, oneroster=face, **changes) as world:
        prefix = face.knobs.id_prefix
        for each in list(world.store.buildings.values()):
            each.building_code = f"{prefix}org-{each.building_code}"
        with world.app.app_context():
            connect(world, settings_of(world.sis.url, version))
        yield OneRosterWorld(world, face)


def connect(world: World, settings: dict[str, str]) -> None:
    """The connection leads to the face, as if it had been tested and confirmed."""
    vault = world.app.extensions["wiring"].vault
    db.session.execute(delete(BuildingRow))
    db.session.execute(delete(TermRow))
    world.store.grading_periods.clear()
    row = db.session.get_one(SisConnection, 1)
    row.adapter, row.settings = "oneroster", settings
    row.secrets, row.secret_names = vault.seal(json.dumps(SECRET)), list(SECRET)
    row.product, row.version = CAPABILITIES.product, settings["version"]
    row.grades_confirmed_at = clock.now()
    options = db.session.get_one(SyncOptions, 1)
    chosen = ProvisioningOptions.from_json(
        {**options.provisioning, "with_guardians": True, "guardian_types": CAPABILITIES.parent_types}
    )
    options.provisioning = chosen.to_json()
    db.session.commit()
    map_schools_and_terms(world.app, 1, world.store)
