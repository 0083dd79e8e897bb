"""Whether a run may meet what the app made and doesn't know of: it, or the run before it, lost its worker.

What a machine confirmed and then lost (its disk, a database that went back a little) leaves objects in
Schoology that no row here tells of. A create that conflicts and reads exactly as it would have been sent is
looked up then, as one whose answer was lost, instead of failing every night from then on.
"""

from __future__ import annotations

from sqlalchemy import select

from lti_app.jobs import queue
from lti_app.models import Job
from lti_app.store.district import District


def stopped_uncleanly(district: District, job_id: int) -> bool:
    """Whether the worker of this job, or of the last one that wrote for the district, was lost."""
    latest = (
        select(Job.take_overs)
        .where(Job.installation_id == district.id, Job.lane.in_(queue.WRITERS), Job.id <= job_id)
        .order_by(Job.id.desc())
        .limit(2)
    )
    return any(district.session.scalars(latest))
