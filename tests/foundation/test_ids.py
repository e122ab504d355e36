"""Row identifiers."""

import time
import uuid

from hibana_op.foundation.ids import uuid7


def test_an_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(uuid7())
    after = time.time_ns() // 1_000_000

    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= after


def test_ids_of_different_milliseconds_sort_in_the_order_they_were_made() -> None:
    first = uuid7()
    made_in = uuid.UUID(first).int >> 80
    second = next(made for made in iter(uuid7, "") if uuid.UUID(made).int >> 80 != made_in)

    assert first < second


def test_ids_do_not_repeat() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
