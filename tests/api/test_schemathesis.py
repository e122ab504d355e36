"""Whatever is sent to the API, it answers as its description says, and never with a failure of ours."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode

from hibana_op.api.operation import ROOT
from tests.server import StartHibana

EXAMPLES = 5
LIMITS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
def test_S03_the_api_keeps_to_its_description_whatever_comes(start_hibana: StartHibana, mode: GenerationMode) -> None:
    server = start_hibana()
    email = "root@example.com"
    server.command("user", "create", "--email", email, "--role", "super_admin")
    made = server.command("api-key", "create", "--user", email, "--name", "Fuzzing", "--scope", "*", "--json")
    headers = {"Authorization": f"Bearer {json.loads(made)['key']}"}
    described = httpx2.get(f"{server.issuer}{ROOT}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    count = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        call_often(found.ok(), mode, server.issuer + ROOT, headers)
        count += 1
    assert count == sum(len(methods) for methods in described["paths"].values())


def call_often(operation: Any, mode: GenerationMode, address: str, headers: Mapping[str, str]) -> None:
    """Call one operation with what hypothesis comes up with."""

    @LIMITS
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        response = case.call(base_url=address, headers=headers)
        case.validate_response(response, checks=CHECKS)

    call()
