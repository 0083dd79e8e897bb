"""The list of graded items on the Sync tab: what the filter leaves, page by page, each line as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from lti_app.grades.course.view import CourseView, ItemView
from lti_app.store.paging import Page
from lti_app.web.course import grade_words
from lti_app.web.shared.fragments import digest_of
from lti_app.web.shared.numbers import whole

SIZE = 50
"""Items on a page: 300 of them would be half a megabyte."""
STUDENTS = 20
"""Students listed at one item among others; *Show all* lists the item alone with all of them."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a status of grade_words.STATUSES or all, words of the text, one item alone, and the
    page from 1."""

    status: str = ""
    text: str = ""
    only: str = ""
    number: int = 1

    @property
    def students(self) -> int | None:
        """How many students are listed at one item; None for all."""
        return None if self.only else STUDENTS

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a form that ask for the same, without the page."""
        return {"show_status": self.status, "search": self.text, "only": self.only}


def wanted() -> Wanted:
    """What the form of this request asks for."""
    status = request.form.get("show_status", "")
    number = request.form.get("page", 1, type=whole)
    text = request.form.get("search", "").strip()[:80]
    only = request.form.get("only", "")[:80]
    return Wanted(status if status in grade_words.STATUSES else "", text, only, number)


def listed(view: CourseView, asked: Wanted) -> Page[ItemView]:
    """The page of items that the filter leaves; a number outside the list gives its nearest end."""
    found = [each for each in view.items if _fits(each, asked)]
    last = max(1, -(-len(found) // SIZE))
    number = max(1, min(asked.number, last))
    return Page(found[(number - 1) * SIZE : number * SIZE], number, len(found), SIZE)


def _fits(item: ItemView, asked: Wanted) -> bool:
    if asked.only:
        return item.id == asked.only
    if asked.status and item.status != asked.status:
        return False
    told = [item.title, str(item.shown.get("category", "")), *(each.name for each in item.students)]
    text = " ".join(told).casefold()
    return all(word in text for word in asked.text.casefold().split())


def rows(items: Sequence[ItemView], context: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Id, HTML and digest of the HTML of each line."""
    html = [render_template("partials/course_item.html", each=item, **context) for item in items]
    return [
        (item.id, Markup(text), digest_of(text))  # noqa: S704 - our own template has escaped what is in it
        for item, text in zip(items, html, strict=True)
    ]
