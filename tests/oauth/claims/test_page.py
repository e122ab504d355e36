"""The condition that docs/claims.md shows means what the page says."""

import json
import re
from pathlib import Path

from hibana_op.oauth.claims import predicate
from tests.oauth.claims.people import a_field, a_person

PAGE = Path(__file__).parents[3] / "docs" / "claims.md"


def test_the_condition_of_the_page_is_sound_and_needs_a_number() -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (shown,) = [each for each in blocks if '"op"' in each]
    condition = json.loads(shown)
    predicate.check(condition)

    met = {
        number: predicate.holds(condition, a_person(fields=(a_field("employee_id", number),)))
        for number in ("E-1042", "X-7", None)
    }
    assert met == {"E-1042": True, "X-7": False, None: False}
