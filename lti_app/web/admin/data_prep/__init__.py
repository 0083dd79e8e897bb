"""The Data Prep tab."""

from __future__ import annotations

from lti_app.web.admin.data_prep import file, lists, page, reactivate, record, rules, upload

__all__ = ["file", "lists", "page", "reactivate", "record", "rules", "upload"]
