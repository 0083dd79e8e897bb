"""Known problems wait until someone tries them again."""

from __future__ import annotations

from pathlib import Path

from lti_app.extensions import db
from lti_app.models import Audit, Job, JobState
from lti_app.sandbox.schoology.store import STUDENT
from tests.support.admin_pages import launch_acting_user
from tests.support.two_schools import add_student, two_schools
from tests.support.world import make_synced


def test_a_value_that_was_freed_in_schoology_is_tried_again(tmp_path: Path) -> None:
    with make_synced(tmp_path, of=two_schools, public_url="http://localhost") as world:
        pages = launch_acting_user(world.app)
        bird = world.store.add_user(name_first="Early", name_last="Bird", username="bird", role_id=STUDENT)
        add_student(world.district, "10031", 1, login_id="bird")
        world.sync()
        world.store.update_user(bird.uid, username="flown")
        job = world.sync()
        assert world.store.user_with("school_uid", "10031") is None  # it waits
        opened = pages.words("/admin/logs/run", job=str(job.id))
        assert "1 known problem" in opened and "Try again" in opened

        pages.words("/admin/logs/try-again")

        with world.app.app_context():
            (asked,) = db.session.query(Job.id).filter(Job.state == JobState.QUEUED).one()
            assert "Known problems" in {each.what for each in db.session.query(Audit)}
            world.app.extensions["runner"].run_now(asked)
        made = world.store.user_with("school_uid", "10031")
        assert made is not None and made.username == "bird"
        opened = pages.words("/admin/logs/run", job=str(asked))
        assert "Try again" not in opened
