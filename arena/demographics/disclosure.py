"""The one place that says which groups of people are large enough to be spoken of.

Every number about a group of voters goes through ``disclosable`` and ``may_follow``. They count
people, which are voters here, and not votes.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

LEAST_PEOPLE = 10
"""No number that is shown, exported or returned rests on fewer people, nor does the difference
between two of them that are about the same question."""


def disclosable(people: Mapping[str, int], everybody: int) -> Set[str]:
    """Return the groups that may be shown, of groups that share nobody, among all voters.

    Each has at least ten people, as have all that are not of it. What is left of everybody beside
    the shown groups has nobody or at least ten people: where it would be fewer, the smallest group
    that could be shown is hidden as well.
    """
    shown = {
        name
        for name, count in people.items()
        if count >= LEAST_PEOPLE and everybody - count >= LEAST_PEOPLE
    }
    while shown and 0 < everybody - sum(people[name] for name in shown) < LEAST_PEOPLE:
        shown.remove(min(shown, key=lambda name: (people[name], name)))
    return shown


def may_follow(new_people: Mapping[str, int], everybody: int) -> bool:
    """Return whether a snapshot may follow the one before, by the votes cast between the two.

    ``new_people`` counts who cast them, by group, and ``everybody`` counts all who did. The
    difference of the two snapshots must not be about fewer than ten people: each group gained
    nobody or at least ten, and at least ten who voted are not of it.
    """
    gained = [count for count in new_people.values() if count]
    return bool(gained) and all(
        count >= LEAST_PEOPLE and everybody - count >= LEAST_PEOPLE for count in gained
    )
