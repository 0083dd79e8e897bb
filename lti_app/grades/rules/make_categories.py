"""The SIS's categories in Schoology: which are there, which to make, and how each has to count. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lti_app.grades.rules.dates import Period
from lti_app.grades.rules.match import Difference, Matching, match
from lti_app.grades.rules.suggest import suggest
from lti_app.school.grade_policy import fold
from lti_app.school.gradebook import GradebookSettings, GradeCategory, SectionGrading, SisCategory
from lti_app.school.scores import in_period

NOT_YET = "new:"
"""Before the code, in place of the id of a category that Schoology does not have yet."""


@dataclass(frozen=True)
class Making:
    """What has to be made and written, and what of it people read."""

    new: tuple[tuple[str, GradeCategory], ...]
    """SIS code and category of each one to be made; its id is empty."""
    found: Mapping[str, str]
    """Id of a category that is there → the SIS code that its name says, where no one has matched it."""
    alike: tuple[tuple[str, GradeCategory], ...]
    """SIS code and the category whose name is much like it: a person has to say whether it is the one."""
    matching: Matching
    """The settings of the categories that are there."""
    weighted_now: bool = False
    teacher_only: bool = False
    """Settings were left out, because only the teacher may change them."""

    @property
    def is_empty(self) -> bool:
        """Whether Schoology has all of it already."""
        return not (self.new or self.found or self.matching.differences)

    @property
    def digest(self) -> str:
        """Names exactly what is to be made and written, so that what is done is what was shown."""
        found = (self.new, sorted(self.found.items()), self.matching.differences)
        return hashlib.blake2b(repr(found).encode(), digest_size=8).hexdigest()

    def without_settings(self) -> Making:
        """Only what changes nothing of how graded work counts: settings and weights stay."""
        new = tuple((code, replace(each, weight=None)) for code, each in self.new)
        kept = Matching(None, (), (), self.matching.warnings)
        return replace(self, new=new, matching=kept, teacher_only=bool(self.matching.differences))


def period_now(periods: Sequence[Period], today: date) -> str:
    """The code of the term under way, or of the next one before the year begins."""
    begun = [each.code for each in periods if each.start <= today]
    return (begun or [each.code for each in periods[:1]] or [""])[-1]


def make(  # noqa: PLR0913 - both sides of a section, all named
    settings: GradebookSettings,
    session: int,
    grading: SectionGrading,
    categories: Sequence[GradeCategory],
    *,
    mapped: Mapping[str, str],
    left_out: frozenset[str] = frozenset(),
    term: str = "",
) -> Making:
    """What it takes for the section to have the SIS's categories of a term.

    `mapped`: Schoology category id → SIS code; `left_out`: categories of which a person chose to send
    nothing. A category that is there is never made a second time, also where no one has matched it.
    """
    own = in_period(settings, session, term).categories
    missing = [each for each in own if each.code not in mapped.values()]
    free = [each for each in categories if each.id not in mapped]
    found, alike, new, taken = dict[str, str](), list[tuple[str, GradeCategory]](), [], set[str]()
    names = Counter(fold(each.name) for each in own)
    for there in missing:
        same = [each for each in free if each.id not in taken and _is_named(each, there)]
        near = [each for each in free if each.id not in taken and suggest(each, own) == there.code]
        if same:
            taken.add(same[0].id)
            if same[0].id not in left_out:
                found[same[0].id] = there.code
        elif near:
            alike.append((there.code, near[0]))
        else:
            new.append(GradeCategory(f"{NOT_YET}{there.code}", _title(there, names, categories)))
    matching = match(
        settings,
        session,
        grading,
        [*categories, *new],
        mapped={**mapped, **found, **{each.id: each.id.removeprefix(NOT_YET) for each in new}},
        term=term,
    )
    wanted = {each.id: each for each in matching.categories}
    made = [(each.id.removeprefix(NOT_YET), replace(wanted.get(each.id, each), id="")) for each in new]
    return Making(
        tuple(made), found, tuple(alike), _of_those_there(matching, new), weighted_now=grading.weighted
    )


def _of_those_there(matching: Matching, new: Sequence[GradeCategory]) -> Matching:
    """Without the settings of categories that are yet to be made."""
    titles, ids = {each.title for each in new}, {each.id for each in new}
    return replace(
        matching,
        categories=tuple(each for each in matching.categories if each.id not in ids),
        differences=tuple(each for each in matching.differences if each.where not in titles),
    )


def _is_named(category: GradeCategory, there: SisCategory) -> bool:
    return bool(fold(category.title)) and fold(category.title) in (fold(there.name), fold(there.code))


def _title(there: SisCategory, names: Mapping[str, int], categories: Sequence[GradeCategory]) -> str:
    """The name that the SIS shows; with its code where two have that name."""
    name = there.name.strip() or there.code
    taken = {fold(each.title) for each in categories}
    return f"{name} ({there.code})" if names[fold(there.name)] > 1 or fold(name) in taken else name


def after(making: Making, categories: Sequence[GradeCategory]) -> list[GradeCategory]:
    """The categories that are there, as they will be; weights are None while they don't count."""
    changed = {each.id: each for each in making.matching.categories}
    weighted = making.weighted_now if making.matching.weighted is None else making.matching.weighted
    kept = [changed.get(each.id, each) for each in categories]
    return kept if weighted else [replace(each, weight=None) for each in kept]


__all__ = ["Difference", "Making", "after", "make", "period_now"]
