"""One claimed job: its task with everything that it needs, and how it ended, whatever happened."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_app.jobs import failures, queue
from lti_app.jobs.calls import Calls
from lti_app.jobs.job_log import logged
from lti_app.jobs.ownership import JobLost
from lti_app.jobs.runner import (
    Connections,
    JobCanceled,
    JobMakesRoom,
    JobStopped,
    Progress,
    Result,
    Task,
    TaskIndex,
)
from lti_app.jobs.turns import Turn
from lti_app.models import Job, JobState
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import because

log = logging.getLogger(__name__)
INTERRUPTED = Result(JobState.QUEUED, because(EndingCode.JOB_INTERRUPTED))


@dataclass(frozen=True)
class Worker:
    """Who runs jobs: its name, its tasks, its way out, and whether its process is going down."""

    owner: str
    tasks: TaskIndex
    wiring: Connections
    stopping: Callable[[], bool]

    def run(self, session: Session, job_id: int, calls: Calls, take: Callable[[int], bool]) -> None:
        """Run a job that was claimed, and write its outcome. `take` runs a request in between."""
        job = session.get_one(Job, job_id)
        turn = Turn(session, job)
        task = Task(
            session=session,
            job_id=job_id,
            installation_id=job.installation_id,
            request=job.request,
            wiring=self.wiring.for_job(calls.under_way),
            progress=Progress(
                session,
                job_id,
                self.owner,
                self.stopping,
                take=take if job.lane in (queue.PROVISION, queue.FOLLOWING) else None,
                ownership=calls.ownership,
                turn_is_over=lambda between: calls.makes_room or (between and turn.is_over()),
            ),
        )
        kind = job.kind
        with logged(session, job) as outcome:
            session.commit()
            outcome.result = result = self._result_of(self.tasks[kind], task)
            session.rollback()
            if result is not None:
                queue.finish(
                    session,
                    job_id,
                    self.owner,
                    result.state,
                    message=result.message,
                    resume_at=result.resume_at,
                )

    def _result_of(self, run: Callable[[Task], Result], task: Task) -> Result | None:
        """Run a task to its end, whatever that is; None when the job went on under another worker."""
        job_id = task.job_id
        try:
            return run(task)
        except JobLost:
            log.warning("job %s went on under another worker", job_id)
            return None
        except JobCanceled:
            return Result(JobState.CANCELED, because(EndingCode.JOB_CANCELED))
        except JobMakesRoom:
            return Result(JobState.QUEUED, because(EndingCode.JOB_MAKES_ROOM))
        except JobStopped:
            return INTERRUPTED
        except failures.OF_THE_DATABASE as error:
            task.session.rollback()
            return failures.requeue(task.session.get_one(Job, job_id), error)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # a temporary file
                task.session.rollback()
                return failures.requeue(task.session.get_one(Job, job_id), error)
            # An interpreter that is ending takes no new work for its pools. The job didn't fail.
            if self.stopping():
                log.warning("job %s was broken off by the end: %s", job_id, type(error).__name__)
                return INTERRUPTED
            return failures.broke(job_id)
