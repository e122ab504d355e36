"""Which language variants of claims are given: OpenID Connect Core §5.2, tags compared as in RFC 4647 §3.3.2."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any


def chosen(localized: Mapping[str, Any], wanted: Sequence[str]) -> Collection[str]:
    """The names, such as `name#ja-Kana-JP`, of the variants in wanted languages; of all when none is named."""
    if not wanted:
        return localized.keys()
    by_claim: dict[str, list[str]] = {}
    for name in localized:
        claim, _, tag = name.partition("#")
        by_claim.setdefault(claim, []).append(tag)
    return {f"{claim}#{tag}" for claim, tags in by_claim.items() for locale in wanted for tag in _nearest(tags, locale)}


def fitting(tags: Collection[str], wanted: str) -> list[str]:
    """The tags that say the same as the wanted one; where none does, those that say more."""
    lowered = wanted.lower()
    return [tag for tag in tags if tag.lower() == lowered] or [tag for tag in tags if _says(tag, lowered)]


def _nearest(tags: Collection[str], wanted: str) -> list[str]:
    """The same, and where none fits, the wanted tag cut shorter and shorter (RFC 4647 §3.4)."""
    while wanted:
        found = fitting(tags, wanted)
        if found:
            return found
        wanted = wanted.rpartition("-")[0]
    return []


def _says(tag: str, wanted: str) -> bool:
    """Whether a tag has all of the wanted subtags, in their order; other scripts or regions may stand between."""
    language, *others = tag.lower().split("-")
    wanted_language, *wanted_others = wanted.split("-")
    if language != wanted_language:
        return False
    rest = iter(others)
    # `in` reads the iterator up to what it finds, so the next subtag is looked for behind it.
    return all(subtag in rest for subtag in wanted_others)
