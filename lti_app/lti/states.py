"""State and nonce of a login in one single-use row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti.registrations import hash_of
from lti_app.models import LaunchState, Platform

LIFE = timedelta(minutes=5)
REPEATED = (
    "iss",
    "client_id",
    "target_link_uri",
    "login_hint",
    "lti_message_hint",
    "lti_deployment_id",
    "lti_storage_target",
)
"""The parameters of a login request that another one needs."""
LONGEST_LOGIN = 6000


@dataclass(frozen=True)
class Pending:
    """What a login left for its launch."""

    platform_id: int
    nonce: str
    login: dict[str, str]
    """The parameters of the login request, to repeat it."""
    binding_hash: str
    """The hash of what the platform stores for the browser that began the login; empty for nothing."""


def repeatable(parameters: Mapping[str, str]) -> dict[str, str]:
    """What is needed to repeat a login request; nothing when it is unusually long."""
    kept = {name: parameters[name] for name in REPEATED if parameters.get(name)}
    return kept if sum(map(len, kept.values())) <= LONGEST_LOGIN else {}


def remember(  # noqa: PLR0913 - what a login leaves
    session: Session,
    state: str,
    nonce: str,
    platform_id: int,
    *,
    login: dict[str, str],
    binding: str = "",
) -> None:
    """Keep a login for five minutes, and forget those that were never used. The caller commits."""
    session.execute(delete(LaunchState).where(LaunchState.expires_at < clock.now()))
    session.add(
        LaunchState(
            state_hash=hash_of(state),
            nonce=nonce,
            platform_id=platform_id,
            expires_at=clock.now() + LIFE,
            login=login,
            binding_hash=hash_of(binding) if binding else "",
        )
    )


@dataclass(frozen=True)
class Stored:
    """Where a platform stores what binds a login: the name of its frame, and where it signs people in."""

    target: str
    auth_url: str


def stored_for(session: Session, state: str) -> Stored | None:
    """Where something is stored for the login of a state, which stays usable; None for nowhere."""
    query = (
        select(LaunchState.login, Platform.auth_url)
        .join(Platform, Platform.id == LaunchState.platform_id)
        .where(LaunchState.state_hash == hash_of(state), LaunchState.expires_at >= clock.now())
        .where(LaunchState.binding_hash != "")
    )
    row = session.execute(query).first()
    return Stored(str(row.login.get("lti_storage_target", "")), row.auth_url) if row else None


def take(session: Session, state: str) -> Pending | None:
    """Delete the row and return it in one statement, committed immediately: it can't be used again."""
    row = session.execute(
        delete(LaunchState)
        .where(LaunchState.state_hash == hash_of(state))
        .returning(
            LaunchState.platform_id,
            LaunchState.nonce,
            LaunchState.expires_at,
            LaunchState.login,
            LaunchState.binding_hash,
        )
    ).first()
    session.commit()
    if row is None or row.expires_at < clock.now():
        return None
    return Pending(row.platform_id, row.nonce, row.login, row.binding_hash)
