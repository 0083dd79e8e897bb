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

NO_GRADEBOOK = (
    "The server has no gradebook at this address. Check the gradebook address, or ask whether the gradebook "
    "is licensed for OneRoster."
)


class GradebookLists:
    """Reads whole lists. Raises IncompleteRead and every other SisError, but never takes one for empty."""

    def __init__(self, client: Client, roster: Roster) -> None:
        self._client, self._roster = client, roster

    def categories(self, section_key: str) -> list[Row]:
        """The categories that a class may use. Raises SisForbidden where there is no gradebook."""
        try:
            return self._of_class(lists.CATEGORIES, section_key, where="", fits=_category_fits(section_key))
        except Missing as error:
            if self._answers("lineItems"):
                return []
            raise self._no_gradebook() from error

    def _answers(self, path: str) -> bool:
        """Whether a list of the gradebook is there, however long it is."""
        try:
            self._client.list(Service.GRADEBOOK, path, lists.LINE_ITEMS.names, {"limit": 1})
        except (Missing, NotUnderstood, SisForbidden):
            return False
        return True

    def _no_gradebook(self) -> SisError:
        error = SisForbidden(NO_GRADEBOOK)
        error.service = Service.GRADEBOOK
        return error

    def line_items(self, section_key: str) -> list[Row]:
        """The line items of a class that are there."""
        where = lists.equals("class.sourcedId", section_key)
        return self._or_none(
            lists.LINE_ITEMS, section_key, where, lambda row: row.ref("class") == section_key
        )

    def results(self, section_key: str) -> list[Row]:
        """The results of a class that are there."""
        where = lists.equals("class.sourcedId", section_key)
        items: set[str] = set()

        def fits(row: Row) -> bool:
            if not items:
                items.update(each.text("sourcedId") for each in self.line_items(section_key))
                items.add("")
            return row.ref("lineItem") in items

        return self._or_none(lists.RESULTS, section_key, where, fits)

    def _or_none(self, kind: ListOf, section_key: str, where: str, fits: Callable[[Row], bool]) -> list[Row]:
        try:
            return self._of_class(kind, section_key, where=where, fits=fits)
        except Missing:
            self.categories(section_key)  # raises where the gradebook as a whole is not there
            return []

    def _of_class(
        self, kind: ListOf, section_key: str, *, where: str, fits: Callable[[Row], bool]
    ) -> list[Row]:
        """By the class's own list, else by the flat one, whose rows are checked. Raises Missing."""
        name, habits = kind.names[0], self._client.habits
        if habits.get(("nested", name), True):
            try:
                return self._rows(Listing(self._client, kind, f"classes/{encoded(section_key)}/{name}"))
            except (NotUnderstood, SisForbidden):
                habits["nested", name] = False
            except Missing:
                pass
        return [row for row in self._rows(Listing(self._client, kind, name, where)) if fits(row)]

    def _rows(self, listing: Listing) -> list[Row]:
        rows = [row for page in listing for row in page if isinstance(row, Row)]
        listing.complete()
        return [each for each in rows if not each.is_deleted]

    def line_item(self, sourced_id: str) -> Row:
        """One line item. Raises Missing."""
        raw = self._client.one(Service.GRADEBOOK, "lineItems", sourced_id, lists.LINE_ITEMS.names[::-1])
        found = lists.LINE_ITEMS.rows.read(raw)
        if found.is_deleted:
            raise errors.Missing("The line item is deleted.")
        return found


def _category_fits(section_key: str) -> Callable[[Row], bool]:
    return lambda row: gradebook_codecs.class_of_category(row) in ("", section_key)
