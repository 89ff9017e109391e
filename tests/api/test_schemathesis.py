"""Every route attacked with what schemathesis makes of the OpenAPI description: no 5xx, nothing undocumented."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import build_app
from api.keys import KeyStore

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 15  # of each route, in each mode


@pytest.fixture
def attacked(telal_engine):
    """The description, and headers that open all of it. Nothing that is pushed or erased matters to other tests."""
    server = telal_engine.settings.server.model_copy(update={"ask_limit": "", "read_limit": ""})
    store = KeyStore(telal_engine.settings.data_dir)
    created = store.create("schemathesis", kind="secret", scopes=("ask", "search", "ingest", "admin"))
    app = build_app(telal_engine, telal_engine.settings.model_copy(update={"server": server}))
    yield schemathesis.openapi.from_asgi("/openapi.json", app), {"Authorization": f"Bearer {created.token}"}
    store.revoke(created.key.id)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "broken"])
def test_every_route(attacked, mode):
    schema, headers = attacked
    failures, tried = [], set()
    for operation in (result.ok() for result in schema.get_all_operations()):
        quiet = settings(
            max_examples=EXAMPLES,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )

        @seed(7)
        @quiet
        @given(case=operation.as_strategy(generation_mode=mode))
        def attack(case):
            tried.add(case.operation.label)
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            attack()
        except Unsatisfiable:
            continue  # nothing can be wrong with a request that has no parts
        except Exception as error:
            failures.append(f"{operation.label}: {error}")
    assert not failures, "\n\n".join(failures)
    assert len(tried) > 10
