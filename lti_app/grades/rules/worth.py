"""What preflight says about the texts and the worth of an item, by the limits of the SIS. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from lti_app.grades.rules.findings import Finding, Level
from lti_app.grades.rules.texts import has_embedded, plain_text
from lti_app.school.finding_codes import FindingCode
from lti_app.school.grade_policy import Uncounted
from lti_app.school.gradebook import GradedItem
from lti_app.school.reasons import because
from lti_app.sis.capabilities import Capabilities, Limits

ZERO = Decimal(0)


def title_findings(item: GradedItem, same_title: int, limits: Limits) -> Iterator[Finding]:
    """About the title; `same_title` items have it."""
    if not item.title:
        yield Finding("title_missing", Level.STOP, because(FindingCode.TITLE_MISSING))
    if limits.title is not None and len(item.title) > limits.title:
        yield Finding(
            "title_long",
            Level.CHANGE,
            because(FindingCode.TITLE_CUT, length=len(item.title), kept=limits.title - 1),
        )
    if same_title > 1 and item.title:
        yield Finding(
            "title_twice",
            Level.NOTE,
            because(FindingCode.TITLE_TWICE, count=same_title),
        )


def detail_findings(item: GradedItem, limits: Limits) -> Iterator[Finding]:
    """About what the SIS doesn't get of the description."""
    length = len(plain_text(item.description))
    if limits.detail is not None and length > limits.detail:
        why = because(FindingCode.DETAIL_CUT, length=length, kept=limits.detail - 1)
        yield Finding("detail_long", Level.CHANGE, why)
    if has_embedded(item.description):
        yield Finding("detail_plain", Level.NOTE, because(FindingCode.DETAIL_PLAIN))


def comment_findings(comments: Iterable[str], limits: Limits) -> Iterator[Finding]:
    """About what the SIS doesn't get of the comments that are sent."""
    given, most = list(comments), limits.comment
    long = sum(most is not None and len(plain_text(each)) > most for each in given)
    if long and most is not None:
        why = because(FindingCode.COMMENTS_CUT, count=long, most=most, kept=most - 1)
        yield Finding("comments_long", Level.CHANGE, why)
    plain = sum(has_embedded(each) for each in given)
    if plain:
        yield Finding("comments_plain", Level.NOTE, because(FindingCode.COMMENTS_PLAIN, count=plain))


def worth_findings(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> Iterator[Finding]:
    """About points, factor, whether the item counts, and who may see its scores."""
    if item.unreadable:
        fields = " and ".join(item.unreadable)
        yield Finding(
            "unreadable",
            Level.STOP,
            because(FindingCode.FIELDS_UNREADABLE, fields=fields),
        )
    if not item.auto_publish and not sis.publish:
        yield Finding(
            "unpublished",
            Level.STOP,
            because(FindingCode.UNPUBLISHED_STOPS, product=sis.product),
        )
    elif not item.auto_publish:
        yield Finding(
            "unpublished",
            Level.CHANGE,
            because(FindingCode.UNPUBLISHED_THERE),
        )
    yield from _points(item, sis.limits)
    yield from _weight(item, sis, uncounted)
    if item.is_final:
        yield Finding("midterm_or_final", Level.CHANGE, because(FindingCode.MIDTERM_OR_FINAL))
    if item.scale_id:
        yield Finding(
            "scale",
            Level.NOTE,
            because(FindingCode.ON_A_SCALE),
        )


def above_maximum(item: GradedItem, scores: Iterable[Decimal], was: Decimal | None) -> Finding | None:
    """About scores above the points of an item; `was`: its points in the SIS, None where it has none."""
    most = item.max_points
    above = sum(1 for each in scores if most is not None and each > most)
    if most is None or most <= 0 or not above:
        return None
    points = f"{most.normalize():f}"
    if was is None or was <= most:
        why = because(FindingCode.ABOVE_MAXIMUM, count=above, most=points)
        return Finding("above_maximum", Level.NOTE, why)
    before = f"{was.normalize():f}"
    why = because(FindingCode.ABOVE_MAXIMUM_LOWERED, count=above, most=points, was=before)
    return Finding("above_maximum", Level.CHANGE, why)


def is_uncounted(item: GradedItem) -> bool:
    """Whether Schoology leaves the item out of every average by a setting of the item."""
    return not item.counts or item.collected_only or item.factor <= 0


def is_worthless(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> bool:
    """Whether the item goes to the SIS with no points and no scores, so that it cannot count there."""
    return is_uncounted(item) and not sis.item_weight and uncounted is Uncounted.NOTHING


def weight_of(item: GradedItem, sis: Capabilities) -> Decimal | None:
    """The weight of the assignment; None where the SIS has none."""
    if not sis.item_weight:
        return None
    return ZERO if is_uncounted(item) else item.factor


def _points(item: GradedItem, limits: Limits) -> Iterator[Finding]:
    points = item.max_points
    too_many = points is not None and limits.points is not None and points > limits.points
    if points is None or points < 0 or too_many:
        why = because(FindingCode.POINTS_MISSING)
        if limits.points is not None:
            why = because(FindingCode.POINTS_OUT_OF_RANGE, most=f"{limits.points:f}")
        yield Finding("points_missing", Level.STOP, why)
    elif limits.whole_points and points != points.to_integral_value():
        yield Finding(
            "points_fraction",
            Level.STOP,
            because(FindingCode.POINTS_FRACTION, points=f"{points.normalize():f}"),
        )
    elif points == 0:
        yield Finding(
            "points_zero",
            Level.NOTE,
            because(FindingCode.POINTS_ZERO_TEST if item.kind == "assessment" else FindingCode.POINTS_ZERO),
        )


def _weight(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> Iterator[Finding]:
    if is_uncounted(item):
        yield _uncounted(item, sis, uncounted)
    elif item.factor != 1 and sis.item_weight:
        yield Finding(
            "factor",
            Level.NOTE,
            because(FindingCode.FACTOR_IS_WEIGHT, factor=f"{item.factor.normalize():f}"),
        )
    elif item.factor != 1:
        yield Finding(
            "factor_unsupported",
            Level.STOP,
            because(FindingCode.FACTOR_STOPS, factor=f"{item.factor.normalize():f}", product=sis.product),
        )


def _uncounted(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> Finding:
    only = item.collected_only
    if sis.item_weight:
        code = FindingCode.COLLECTED_WEIGHT_ZERO if only else FindingCode.UNCOUNTED_WEIGHT_ZERO
        return Finding("not_counted", Level.NOTE, because(code))
    if uncounted is Uncounted.NOTHING:
        code = FindingCode.COLLECTED_WORTH_NOTHING if only else FindingCode.UNCOUNTED_WORTH_NOTHING
        return Finding("not_counted", Level.CHANGE, because(code))
    code = FindingCode.COLLECTED_STOPS if only else FindingCode.UNCOUNTED_STOPS
    return Finding("not_counted", Level.STOP, because(code, product=sis.product))
