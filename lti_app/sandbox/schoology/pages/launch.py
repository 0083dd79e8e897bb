"""Pages that hold the app: the app launcher and a course's navigation entry."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_app.sandbox.schoology.lti.claims import PersonKind
from lti_app.sandbox.schoology.lti.platform import APP_LAUNCHER, LaunchPlace, LtiPlatform
from lti_app.sandbox.schoology.objects import User
from lti_app.sandbox.schoology.pages.common import page, section_or_404, signed_in, the_platform, the_store
from lti_app.sandbox.schoology.pages.views import kind_of, launch_person, launch_place, section_row


@page("/apps/launch")
def app_launcher() -> str | Response:
    """The app outside any course; `deployment` chooses another install."""
    user, platform = signed_in(), the_platform()
    if user is None:
        return _choose_first()
    refusal = "" if platform.users == "everyone" else f"{platform.app_title} is not installed for users."
    return render_template(
        "schoology/frame.html", refusal=refusal, launch_url="" if refusal else _launch_url(user, APP_LAUNCHER)
    )


@page("/course/<int:section_id>")
def course(section_id: int) -> str | Response:
    """The app inside a course section."""
    store, section, user = the_store(), section_or_404(section_id), signed_in()
    if user is None:
        return _choose_first()
    place = launch_place(store, section, user)
    refusal = _refusal(the_platform(), kind_of(store, user), place)
    return render_template(
        "schoology/frame.html",
        section=section_row(store, section),
        refusal=refusal,
        launch_url="" if refusal else _launch_url(user, place),
    )


def _refusal(platform: LtiPlatform, kind: PersonKind, place: LaunchPlace) -> str:
    """Why Schoology shows no app here; empty when it does."""
    if platform.courses == "off":
        return f"{platform.app_title} isn't installed in courses."
    if kind == "admin" or place.membership == "admin":
        return ""
    if place.membership == "none":
        return "You aren't a member of this course."
    if platform.courses == "course admins":
        return f"{platform.app_title} is installed for course admins only."
    return ""


def _launch_url(user: User, place: LaunchPlace) -> str:
    platform, wanted = the_platform(), request.args.get("deployment", "")
    deployment = wanted if wanted in platform.deployment_ids else platform.deployment_id
    return platform.launch_url(launch_person(the_store(), user), place, deployment)


def _choose_first() -> Response:
    flash("Choose a person first.", "error")
    return redirect(url_for(".home"))
