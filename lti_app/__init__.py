"""Connects Schoology to a student information system."""

from __future__ import annotations

from lti_app.factory import create_app

__all__ = ["create_app"]
