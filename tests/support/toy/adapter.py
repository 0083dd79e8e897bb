"""The toy's adapter: the roster half, and how the registry knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from requests.adapters import HTTPAdapter

from lti_app.school.records import Building, Record, Term
from lti_app.sis import registry
from lti_app.sis.description import Description, Field, FieldKind
from lti_app.sis.errors import IncompleteRead
from lti_app.sis.port import Feed, Proof, SisInfo
from tests.support.toy.gradebook import CAPABILITIES, ToyGradebook
from tests.support.toy.rosters import LISTS, building, decode, term
from tests.support.toy.server import ToyServer

SERVERS: dict[str, ToyServer] = {}
"""Address → the server that answers there."""


class ToyReading:
    """Pages of a list without a total; a second look at its ids proves that it did not move."""

    claimed = None

    def __init__(self, sis: ToySis, feed: Feed, key: str) -> None:
        self._sis, self._feed, self._key = sis, feed, key
        self._pages: list[list[str]] = []

    @property
    def received(self) -> int:
        return sum(map(len, self._pages))

    def __iter__(self) -> Iterator[list[Record]]:
        name, _, column, _ = LISTS[self._feed]
        more = True
        while more:
            with self._sis.asking(name):
                rows, more = self._sis.server.page(name, column, self._key, self.received)
            self._pages.append([each["id"] for each in rows])
            yield [decode(self._feed, each) for each in rows]

    def complete(self) -> Proof | None:
        if LISTS[self._feed][0] in self._sis.server.no_second_look:
            return None
        seen = [each for page in self._pages for each in page]
        if len(set(seen)) < len(seen):
            raise IncompleteRead("The toy sent a row on two pages.")
        name, _, column, _ = LISTS[self._feed]
        with self._sis.asking(name):
            if self._sis.server.ids(name, column, self._key) != seen:
                raise IncompleteRead("The toy's list moved while it was read.")
        return Proof.SECOND_LOOK


class ToySis(ToyGradebook):
    """Implements lti_app.sis.port.Sis."""

    def check(self) -> SisInfo:
        return SisInfo(CAPABILITIES.product, "0.9", len(self.buildings()))

    def buildings(self) -> list[Building]:
        with self.asking("schools"):
            return [building(each) for each in self.server.records["schools"]]

    def terms(self) -> list[Term]:
        with self.asking("terms"):
            return [term(each) for each in self.server.records["terms"]]

    def read(self, feed: Feed, key: str = "") -> ToyReading:
        return ToyReading(self, feed, key)


def build(
    settings: Mapping[str, str],
    secrets: Mapping[str, str],  # noqa: ARG001 - the toy lets everybody in
    *,
    network: HTTPAdapter | None,  # noqa: ARG001 - it is in memory
    sleep: Callable[[float], None],  # noqa: ARG001
    now: Callable[[], float],  # noqa: ARG001
) -> ToySis:
    return ToySis(SERVERS[settings["address"]])


TOY = Description(
    name="toy",
    title="Toybox",
    capabilities=CAPABILITIES,
    fields=(
        Field("address", "Address", kind=FieldKind.ADDRESS),
        Field("token", "Token", kind=FieldKind.SECRET),
    ),
    factory=build,
)


@contextmanager
def only_the_toy(server: ToyServer, address: str) -> Iterator[None]:
    """The registry knows the toy, at this address, and no other SIS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "ADAPTERS", {TOY.name: TOY})
        patch.setitem(SERVERS, address, server)
        yield
