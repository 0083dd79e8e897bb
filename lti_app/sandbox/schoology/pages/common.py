"""What the sandbox Schoology's human pages share: the blueprint, who is signed in, lists in pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, abort, current_app, request, session

from lti_app.sandbox import TEMPLATES
from lti_app.sandbox.schoology.lti.platform import LtiPlatform
from lti_app.sandbox.schoology.objects import Section, User
from lti_app.sandbox.schoology.store import SchoologyStore

PAGE_SIZE: Final = 50
pages = Blueprint("schoology_pages", __name__, template_folder=TEMPLATES)


def the_store() -> SchoologyStore:
    """The organization of the running sandbox."""
    store: SchoologyStore = current_app.extensions["schoology_store"]
    return store


def the_platform() -> LtiPlatform:
    """The LTI platform of the running sandbox."""
    platform: LtiPlatform = current_app.extensions["lti_platform"]
    return platform


def page(rule: str, *methods: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a page that sees the store at rest: the interface writes from other threads."""

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def at_rest(*args: Any, **kwargs: Any) -> Any:
            with the_store().lock:
                return view(*args, **kwargs)

        return pages.route(rule, methods=list(methods) or ["GET"])(at_rest)

    return register


def signed_in() -> User | None:
    """The person that this browser chose, unless the account is gone or disabled."""
    user = the_store().users.get(session.get("person_uid") or carried_person() or 0)
    return user if user is not None and not user.inactive else None


def carried_person() -> int | None:
    """The person in the address, for browsers that keep no cookie at all."""
    return None if "person_uid" in session else request.args.get("person", type=int)


@pages.url_defaults
def _carry_person(_endpoint: str, values: dict[str, Any]) -> None:
    if (person := carried_person()) is not None:
        values.setdefault("person", person)


def user_or_404(uid: int) -> User:
    """A person by uid."""
    return the_store().users.get(uid) or abort(404)


def section_or_404(section_id: int) -> Section:
    """A section by its id."""
    return the_store().sections.get(section_id) or abort(404)


@dataclass(frozen=True)
class Slice:
    """One page of a list, with where it lies."""

    rows: Sequence[Any]
    total: int
    page: int
    last_page: int


def slice_of(items: Sequence[Any], row: Callable[[Any], Any]) -> Slice:
    """The page that the query asks for; only its items are turned into rows."""
    last = max(1, -(-len(items) // PAGE_SIZE))
    number = min(last, max(1, request.args.get("page", 1, type=int)))
    start = (number - 1) * PAGE_SIZE
    return Slice([row(each) for each in items[start : start + PAGE_SIZE]], len(items), number, last)
