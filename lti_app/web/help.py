"""The Help pages: some of the files in docs/, shown as pages. They say nothing of any district."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, send_from_directory
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from lti_app.web.access import public

blueprint = Blueprint("help", __name__, url_prefix="/help")
DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    "tour": "A tour in five minutes",
    "operations": "Running syncs",
    "data-prep": "Data Prep",
    "one-sync": "One sync step by step",
    "grades": "Grades",
    "live": "Live sync",
}
"""File in docs/ without its ending → its title in the list of pages."""
OF_TABS = {
    "overview": "operations#is-everything-all-right",
    "configuration": "tour#set-it-up",
    "schools": "tour#set-it-up",
    "terms": "tour#set-it-up",
    "data_prep": "data-prep",
    "users": "one-sync",
    "courses": "one-sync",
    "sections": "one-sync",
    "logs": "operations",
}
"""Key of a tab → the page that is about it, and which part of it."""
LINK = re.compile(r"(?P<page>[\w./-]+)\.md(?P<part>#[\w-]+)?")


@blueprint.get("/<page>")
@public
def page(page: str) -> str:
    """One page, with the list of all."""
    if page not in PAGES or not (DOCS / f"{page}.md").is_file():
        abort(404)
    shown = Markup(_html((DOCS / f"{page}.md").read_text("utf-8")))  # noqa: S704 - our own docs, HTML is off
    return render_template("help/page.html", title=PAGES[page], pages=PAGES, here=page, shown=shown)


@blueprint.get("/images/<filename>")
@public
def image(filename: str) -> Response:
    """A picture of a page."""
    return send_from_directory(DOCS / "images", filename, mimetype="image/png")


@cache
def _html(text: str) -> str:
    """The page, its headings with names that links can lead to."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", part_of(tokens[number + 1].content))
        for child in token.children or ():
            _lead_on(child)
    return str(parser.renderer.render(tokens, parser.options, {}))


def part_of(heading: str) -> str:
    """What a heading is called in a link: the same as where the docs are kept."""
    return re.sub(r"[^\w\- ]", "", heading.casefold()).strip().replace(" ", "-")


def _lead_on(token: Token) -> None:
    """Links to other docs lead to their pages here; pictures come from this app."""
    if token.type == "image":
        token.attrSet("src", f"/help/{token.attrGet('src')}")
    if token.type != "link_open":
        return
    found = LINK.fullmatch(str(token.attrGet("href")))
    if found and found["page"] in PAGES:
        token.attrSet("href", f"/help/{found['page']}{found['part'] or ''}")
    elif found:  # a page for the people who host the app
        token.attrs.pop("href", None)
