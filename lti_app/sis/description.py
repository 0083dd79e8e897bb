"""What an adapter tells about itself before anything is asked: name, fields, texts, how it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from requests.adapters import HTTPAdapter

from lti_app.sis.capabilities import Capabilities
from lti_app.sis.port import Sis


class FieldKind(StrEnum):
    """How a field is typed and kept. ADDRESS: a host, or an http or https address. SECRET: sealed at rest."""

    ADDRESS = "address"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - a kind of field
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """One field of a connection. `name` is its key in forms, commands and the database."""

    name: str
    label: str
    help: str = ""
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    missing: str = ""
    """What to say when it is empty; by default that it has to be entered."""
    example: str = ""
    longest: int = 255
    choices: tuple[tuple[str, str], ...] = ()
    """Of a CHOICE: (value, label); the first one is the default."""
    names_place: bool = False
    """Whether it says where secrets are sent, as every ADDRESS does."""
    takes_query: bool = False
    """Whether an ADDRESS may end in a query, such as ?appName=app."""
    changes_keys: bool = False
    """Whether another value may mean other keys of people and classes, as another address may."""

    @property
    def is_secret(self) -> bool:
        """Whether its value is sealed and never shown."""
        return self.kind is FieldKind.SECRET

    @property
    def is_place(self) -> bool:
        """Whether secrets are tied to its value."""
        return self.names_place or self.kind is FieldKind.ADDRESS

    @property
    def default(self) -> str:
        """What holds until someone chooses."""
        return self.choices[0][0] if self.choices else ""


class Factory(Protocol):
    """Builds an adapter in one call. `now` is the time in seconds since the epoch."""

    def __call__(
        self,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        network: HTTPAdapter | None,
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> Sis: ...


def not_said(key: str) -> str:  # noqa: ARG001 - what an adapter does that has nothing to say
    """Nothing: the key is an id that the SIS shows itself."""
    return ""


def same(key: str) -> str:
    """The key itself, as an adapter has it whose gradebook names people as its rosters do."""
    return key


@dataclass(frozen=True)
class Description:
    """One adapter. `title` is what it is called in the list of systems to choose from."""

    name: str
    title: str
    capabilities: Capabilities
    """The static part, known without a call."""
    fields: tuple[Field, ...]
    factory: Factory
    key_words: Callable[[str], str] = not_said
    """The key of a person as people say it; empty where it is an id that the SIS shows itself."""
    gradebook_id: Callable[[str], str] = same
    """What the gradebook calls the student with a key; empty for someone who is known to be none."""
    sentences: Mapping[str, str] = field(default_factory=dict)
    """Code → sentence of what this adapter alone has to say of a failure, its values in braces as in
    lti_app.runs.words.reasons."""
    caution: str = ""
    """What is assumed rather than known of this product; empty for none."""

    @property
    def product(self) -> str:
        """What pages call the SIS of a district that has it."""
        return self.capabilities.product

    @property
    def plain(self) -> tuple[Field, ...]:
        """The fields that are not secret."""
        return tuple(each for each in self.fields if not each.is_secret)

    @property
    def secrets(self) -> tuple[Field, ...]:
        """The fields that are sealed."""
        return tuple(each for each in self.fields if each.is_secret)

    def field(self, name: str) -> Field | None:
        """The field of this name, if there is one."""
        return next((each for each in self.fields if each.name == name), None)

    def places(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Field → value of everything that says where secrets go."""
        return {each.name: settings.get(each.name, "") for each in self.plain if each.is_place}

    def identity(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Field → value of everything that may change the keys of people and classes."""
        names = [each for each in self.plain if each.is_place or each.changes_keys]
        return {each.name: settings.get(each.name, "") for each in names}
