"""The description is true: no request that follows or breaks it makes the server fail, and answers are as it says."""

import json
from functools import cache

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from interplay.faces.http.app import ROUTES

NEGATIVE = GenerationMode.NEGATIVE  # what breaks the description
ENDLESS = ("streamRealtime",)  # what is asked rightly is answered for ever; see test_streams
WITHOUT_PARAMETERS = ("showHealth", "listLiveSegments")  # nothing could break theirs but what is no HTTP
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES_MAX = 12
OPERATIONS = [*(str(route.operation_id) for route in ROUTES), "showHealth", "showMetrics"]


@cache
def described(address: str):
    document = httpx.get(f"{address}/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    return document, schema


def test_no_two_things_have_one_name(served):
    def unique(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), {name for name in names if names.count(name) > 1}
        return dict(pairs)

    json.loads(httpx.get(f"{served.address}/api/openapi.json").text, object_pairs_hook=unique)


def test_every_operation_is_described_and_fuzzed(served):
    document, _ = described(served.address)
    found = [operation for item in document["paths"].values() for operation in item.values()]
    assert sorted(operation["operationId"] for operation in found) == sorted(OPERATIONS)
    assert all(operation["summary"] and operation["description"] for operation in found)
    assert not [name for name in document["components"]["schemas"] if "." in name]
    assert document["components"]["securitySchemes"].keys() == {"bearer", "basic"}


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name in OPERATIONS
        for mode in GenerationMode
        if name not in ENDLESS and (mode is not NEGATIVE or name not in WITHOUT_PARAMETERS)
    ],
)
def test_never_a_failure_of_ours(served, name, mode):
    _, schema = described(served.address)
    operation = schema.find_operation_by_id(name)
    headers = {"Authorization": f"Bearer {served.keys['all']}"}

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES_MAX,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def fuzz(case):
        case.call_and_validate(headers=headers, checks=CHECKS)

    fuzz()


@settings(max_examples=30, deadline=None, database=None)
@given(
    body=st.binary(max_size=200), path=st.sampled_from(["segments/count", "criteria/check", "documents/plan", "keys"])
)
def test_bytes_are_no_failure_of_ours(served, body, path):
    headers = {"Authorization": f"Bearer {served.keys['all']}", "Content-Type": "application/json"}
    assert httpx.post(f"{served.address}/api/{path}", content=body, headers=headers).status_code < 500
