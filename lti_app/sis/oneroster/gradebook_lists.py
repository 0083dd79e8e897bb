"""The lists of one class in the gradebook, by the nested address or by the flat list, whichever is there."""

from __future__ import annotations

from collections.abc import Callable

from lti_app.sis.errors import Service, SisError, SisForbidden
from lti_app.sis.oneroster import errors, gradebook_codecs, lists
from lti_app.sis.oneroster.addresses import encoded
from lti_app.sis.oneroster.client import Client
from lti_app.sis.oneroster.errors import Missing, NotUnderstood
from lti_app.sis.oneroster.paging import Listing, ListOf
from lti_app.sis.oneroster.roster import Roster
from lti_app.sis.oneroster.rows import Row
from lti_app.sis.oneroster.words import OneRosterCode


class GradebookLists:
    """Reads whole lists. Raises IncompleteRead and every other SisError, but never takes one for empty."""

    def __init__(self, client: Client, roster: Roster) -> None:
        self._client, self._roster = client, roster

    def categories(self, section_key: str) -> list[Row]:
        """The categories that a class may use. Raises SisForbidden where there is no gradebook."""
        own = self._nested(lists.CATEGORIES, section_key)
        if own is not None:
            return own
        try:
            rows = self._rows(Listing(self._client, lists.CATEGORIES, "categories"))
        except Missing as error:
            if self._answers("lineItems"):
                return []
            raise self._no_gradebook() from error
        return [row for row in rows if gradebook_codecs.class_of_category(row) in ("", section_key)]

    def _answers(self, path: str) -> bool:
        """Whether a list of the gradebook is there, however long it is."""
        try:
            self._client.list(Service.GRADEBOOK, path, lists.LINE_ITEMS.names, {"limit": 1})
        except (Missing, NotUnderstood, SisForbidden):
            return False
        return True

    def _no_gradebook(self) -> SisError:
        return errors.forbidding(Service.GRADEBOOK, OneRosterCode.NO_GRADEBOOK)

    def line_items(self, section_key: str) -> list[Row]:
        """The line items of a class that are there."""
        return self._or_none(section_key, lambda: self._line_items(section_key))

    def results(self, section_key: str) -> list[Row]:
        """The results of a class that are there."""
        return self._or_none(section_key, lambda: self._results(section_key))

    def _or_none(self, section_key: str, read: Callable[[], list[Row]]) -> list[Row]:
        """A list that is not there is empty where the gradebook as a whole answers."""
        try:
            return read()
        except Missing:
            self.categories(section_key)
            return []

    def _line_items(self, section_key: str) -> list[Row]:
        own = self._nested(lists.LINE_ITEMS, section_key)
        if own is not None:
            return own
        where = lists.equals("class.sourcedId", section_key)
        rows = self._rows(Listing(self._client, lists.LINE_ITEMS, "lineItems", where))
        return [row for row in rows if row.ref("class") == section_key]

    def _results(self, section_key: str) -> list[Row]:
        """By the class's own list, else line item by line item: in 1.1 a result doesn't name its class."""
        own = self._nested(lists.RESULTS, section_key)
        if own is not None:
            return own
        found: list[Row] = []
        items = [row.text("sourcedId") for row in self.line_items(section_key)]
        for item in items:
            where = lists.equals("lineItem.sourcedId", item)
            rows = self._rows(Listing(self._client, lists.RESULTS, "results", where))
            mine = [row for row in rows if row.ref("lineItem") == item]
            if len(mine) < len(rows):  # the filter is ignored, so this was the whole list
                return [row for row in rows if row.ref("lineItem") in items]
            found += mine
        return found

    def _nested(self, kind: ListOf, section_key: str) -> list[Row] | None:
        """The class's own list; None where the server has none, or has it nowhere because it is empty."""
        name, habits = kind.names[0], self._client.habits
        if not habits.get(("nested", name), True):
            return None
        try:
            return self._rows(Listing(self._client, kind, f"classes/{encoded(section_key)}/{name}"))
        except (NotUnderstood, SisForbidden):
            habits["nested", name] = False
        except Missing:
            pass
        return None

    def _rows(self, listing: Listing) -> list[Row]:
        rows = [row for page in listing for row in page if isinstance(row, Row)]
        listing.complete()
        return [each for each in rows if not each.is_deleted]

    def line_item(self, sourced_id: str) -> Row:
        """One line item. Raises Missing."""
        raw = self._client.one(Service.GRADEBOOK, "lineItems", sourced_id, lists.LINE_ITEMS.names[::-1])
        found = lists.LINE_ITEMS.rows.read(raw)
        if found.is_deleted:
            raise errors.Missing()
        return found
