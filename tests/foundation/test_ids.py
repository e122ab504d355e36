"""Row identifiers."""

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from hibana_op.foundation.ids import request_id, uuid7


def test_an_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(uuid7())
    after = time.time_ns() // 1_000_000

    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= after


def test_ids_sort_in_the_order_they_were_made_within_a_millisecond_too() -> None:
    made = [uuid7() for _ in range(1000)]

    assert made == sorted(made)


def test_ids_do_not_repeat() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000


def test_threads_are_never_given_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [each for some in pool.map(lambda _: [uuid7() for _ in range(2000)], range(8)) for each in some]

    assert len({each[-17:] for each in made}) == 16_000  # the random half


def test_a_process_that_forks_does_not_repeat_the_ids_of_its_parent() -> None:
    request_id()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writes, request_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    of_child = os.read(reads, 32).decode()
    os.close(reads)
    os.close(writes)

    assert len(of_child) == 32
    assert of_child not in {request_id() for _ in range(1000)}
