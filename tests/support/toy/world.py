"""A district that has the toy, with the sandbox's Schoology on the other side."""

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
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.options import ProvisioningOptions
from tests.support.gradebook import Class
from tests.support.toy.adapter import TOY, only_the_toy
from tests.support.toy.district import NORTH, SOUTH, toy_district
from tests.support.toy.server import ToyServer
from tests.support.world import World, make_world, map_schools_and_terms

ADDRESS = "https://toy.example/v0"


@dataclass
class ToyWorld:
    """The toy, and everything around it."""

    world: World
    toy: ToyServer

    def links(self, kind: str) -> dict[str, Link]:
        """SIS key → link of everything of a kind that is linked."""
        with self.world.app.app_context():
            found = db.session.query(Link).filter(Link.kind == kind).all()
            db.session.expunge_all()
            return {each.sis_id: each for each in found}

    def room(self, key: str, **fields: Any) -> Class:
        """A section with both gradebooks, and one category that is matched."""
        section_id = self.links("section")[key].schoology_id
        made = far_book.add_category(self.world.store, int(section_id), "Everything", **fields)
        code: str = next(iter(self.toy.categories))
        sides: Any = (key, 1, self.toy)
        room = Class(self.world, section_id, *sides, code, made)
        room.policy(GradePolicy(ask=False))
        room.map(**{f"c{made.id}": code})
        return room


@contextmanager
def make_toy_world(folder: Path, **changes: Any) -> Iterator[ToyWorld]:
    """Connected, mapped, everything chosen, first read confirmed; nothing synced yet."""
    toy = toy_district()
    with make_world(folder, **changes) as world, only_the_toy(toy, ADDRESS):
        world.store.add_building("North School", NORTH)
        world.store.add_building("South School", SOUTH)
        with world.app.app_context():
            _connect(world)
        yield ToyWorld(world, toy)


def _connect(world: World) -> None:
    vault = world.app.extensions["wiring"].vault
    db.session.execute(delete(BuildingRow))
    db.session.execute(delete(TermRow))
    row = db.session.get_one(SisConnection, 1)
    row.adapter, row.settings = TOY.name, {"address": ADDRESS}
    row.secrets, row.secret_names = vault.seal(json.dumps({"token": "t"})), ["token"]
    row.product, row.version = TOY.product, "0.9"
    row.grades_confirmed_at = clock.now()
    options = db.session.get_one(SyncOptions, 1)
    chosen = ProvisioningOptions.from_json(
        {**options.provisioning, "with_guardians": True, "guardian_types": TOY.capabilities.parent_types}
    )
    options.provisioning = chosen.to_json()
    db.session.commit()
    map_schools_and_terms(world.app, 1, world.store)
