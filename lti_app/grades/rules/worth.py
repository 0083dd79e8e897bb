"""What preflight says about the title and the worth of an item, by the limits of the SIS. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from lti_app.grades.rules.findings import Finding, Level
from lti_app.school.grade_policy import Uncounted
from lti_app.school.gradebook import GradedItem
from lti_app.sis.capabilities import Capabilities, Limits

ZERO = Decimal(0)


def title_findings(item: GradedItem, same_title: int, limits: Limits) -> Iterator[Finding]:
    """About the title; `same_title` items have it."""
    if not item.title:
        yield Finding("title_missing", Level.STOP, "It has no title.", "Give it a title in Schoology.")
    if limits.title is not None and len(item.title) > limits.title:
        yield Finding(
            "title_long",
            Level.CHANGE,
            f"Its title has {len(item.title)} characters; the SIS gets the first {limits.title - 1}.",
            "Shorten the title in Schoology.",
        )
    if same_title > 1 and item.title:
        yield Finding(
            "title_twice",
            Level.NOTE,
            f"{same_title} items have this title. Each stays an assignment of its own.",
            "Give them different titles so that people can tell them apart.",
        )


def worth_findings(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> Iterator[Finding]:
    """About points, factor, whether the item counts, and who may see its scores."""
    if item.unreadable:
        fields = " and ".join(item.unreadable)
        yield Finding(
            "unreadable",
            Level.STOP,
            f"Schoology has something here that can’t be read: {fields}.",
            "Enter it again in Schoology.",
        )
    if not item.auto_publish and not sis.publish:
        yield Finding(
            "unpublished",
            Level.STOP,
            f"Its scores aren’t published in Schoology, and {sis.product} would show them to students.",
            "Publish its grades automatically in Schoology, or opt it out here.",
        )
    elif not item.auto_publish:
        yield Finding(
            "unpublished",
            Level.CHANGE,
            "Its scores aren’t published in Schoology, so the SIS gets it unpublished.",
            "Publish its grades automatically in Schoology when students may see them.",
        )
    yield from _points(item, sis.limits)
    yield from _weight(item, sis, uncounted)
    if item.scale_id:
        yield Finding(
            "scale",
            Level.NOTE,
            "It is graded on a scale; the SIS gets the points behind each letter.",
        )


def above_maximum(item: GradedItem, scores: Iterable[Decimal], was: Decimal | None) -> Finding | None:
    """About scores above the points of an item; `was`: its points in the SIS, None where it has none."""
    most = item.max_points
    above = sum(1 for each in scores if most is not None and each > most)
    if most is None or most <= 0 or not above:
        return None
    lowered = was is not None and was > most
    before = f"Its points went from {was.normalize():f} to {most.normalize():f}. " if lowered and was else ""
    return Finding(
        "above_maximum",
        Level.CHANGE if lowered else Level.NOTE,
        f"{before}{above} score{' is' if above == 1 else 's are'} above {most.normalize():f} points and "
        f"count{'s' if above == 1 else ''} as more than 100 percent.",
        "Correct the points or the scores in Schoology if that’s not meant as extra credit.",
    )


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
        fix = f"Give it points from 0 to {limits.points:f}" if limits.points is not None else "Give it points"
        yield Finding(
            "points_missing", Level.STOP, "It has no usable number of points.", f"{fix} in Schoology."
        )
    elif limits.whole_points and points != points.to_integral_value():
        yield Finding(
            "points_fraction",
            Level.STOP,
            f"It has {points.normalize():f} points; the SIS takes whole points only.",
            "Give it a whole number of points in Schoology.",
        )
    elif points == 0:
        yield Finding(
            "points_zero",
            Level.NOTE,
            "It has 0 points: the SIS adds its scores as extra credit, and Schoology "
            + ("leaves a test like this out." if item.kind == "assessment" else "does so too."),
            "Give it points if it should count otherwise.",
        )


def _weight(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> Iterator[Finding]:
    if is_uncounted(item):
        yield _uncounted(item, sis, uncounted)
    elif item.factor != 1 and sis.item_weight:
        yield Finding(
            "factor",
            Level.NOTE,
            f"It counts {item.factor.normalize():f} times; the SIS gets that as its weight.",
            "Set the factor to 1 in Schoology if that is not meant.",
        )
    elif item.factor != 1:
        yield Finding(
            "factor_unsupported",
            Level.STOP,
            f"It counts {item.factor.normalize():f} times in Schoology. {sis.product} has no weight for a "
            "single assignment, so it would count once there.",
            "Set the factor to 1 in Schoology.",
        )


def _uncounted(item: GradedItem, sis: Capabilities, uncounted: Uncounted) -> Finding:
    why = "It’s only collected in Schoology" if item.collected_only else "It doesn’t count in Schoology"
    if sis.item_weight:
        return Finding("not_counted", Level.NOTE, f"{why}, so the SIS gets it with weight 0.")
    if uncounted is Uncounted.NOTHING:
        return Finding(
            "not_counted",
            Level.CHANGE,
            f"{why}, so the SIS gets it with 0 points and without scores.",
        )
    return Finding(
        "not_counted",
        Level.STOP,
        f"{why}, and it would count in {sis.product}, which has no weight for a single assignment.",
        "Let it count in Schoology, or opt it out here. Your district can choose to send such items with 0 "
        "points and without scores.",
    )
