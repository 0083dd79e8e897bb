"""The tables, one concept per file and without queries."""

from lti_app.models.access_review import AccessReview, ReviewState
from lti_app.models.acting_user import ActingUser, AuthorizeWindow
from lti_app.models.alert import Alert, KnownProblem, Problem
from lti_app.models.audit import Audit
from lti_app.models.base import Base
from lti_app.models.building import BuildingRow
from lti_app.models.change import SENDING, Action, Change, ChangeState, Refusal
from lti_app.models.epoch import Epoch
from lti_app.models.gradebook import (
    CategoryMap,
    GradeWish,
    ItemState,
    KeptScore,
    ScoreState,
    SectionSettings,
)
from lti_app.models.installation import Installation
from lti_app.models.job import ACTIVE_STATES, FINAL_STATES, Job, JobState
from lti_app.models.launch import LaunchSession, LaunchState
from lti_app.models.lease import Lease
from lti_app.models.link import Link, LinkState
from lti_app.models.live import Event, LiveSection, LiveSync, RemovedAssignment, Sweep
from lti_app.models.person import ErasedPerson, PersonHold
from lti_app.models.platform import Platform
from lti_app.models.prep_pair import PairState, PrepLine, PrepPair, PrepUpload
from lti_app.models.prep_row import WAITING, PrepKey, PrepRow, PrepState, PrepStatus, Side
from lti_app.models.reader import Reader
from lti_app.models.run import UNFINISHED, Run, RunState, Scope
from lti_app.models.sis_connection import SisConnection
from lti_app.models.staged import LEFT_PERSON, Hides, Staged, StagedState
from lti_app.models.sync_options import SyncOptions
from lti_app.models.term import TermRow

__all__ = [
    "ACTIVE_STATES",
    "FINAL_STATES",
    "LEFT_PERSON",
    "UNFINISHED",
    "WAITING",
    "SENDING",
    "AccessReview",
    "Action",
    "ActingUser",
    "Alert",
    "Audit",
    "AuthorizeWindow",
    "Base",
    "BuildingRow",
    "CategoryMap",
    "Change",
    "ChangeState",
    "Epoch",
    "ErasedPerson",
    "Event",
    "Hides",
    "Installation",
    "GradeWish",
    "ItemState",
    "Job",
    "JobState",
    "KeptScore",
    "KnownProblem",
    "LaunchSession",
    "LaunchState",
    "Lease",
    "Link",
    "LinkState",
    "LiveSection",
    "LiveSync",
    "PairState",
    "PersonHold",
    "Platform",
    "PrepKey",
    "PrepLine",
    "PrepPair",
    "PrepRow",
    "PrepState",
    "PrepStatus",
    "PrepUpload",
    "Problem",
    "Reader",
    "Refusal",
    "RemovedAssignment",
    "ReviewState",
    "Run",
    "RunState",
    "Scope",
    "ScoreState",
    "SectionSettings",
    "Side",
    "SisConnection",
    "Staged",
    "StagedState",
    "Sweep",
    "SyncOptions",
    "TermRow",
]
