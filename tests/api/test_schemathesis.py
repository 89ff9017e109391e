"""Every route attacked with what schemathesis makes of the OpenAPI description: no 5xx, nothing undocumented."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from api.app import build_app
from api.auth.keys import KeyStore

sys.path.insert(0, str(Path(__file__).parent))

from attack import MODES, attack, key_for_all  # noqa: E402

pytestmark = pytest.mark.slow

EXAMPLES = 8  # of each route, in each mode; `python tests/api/attack.py` sends more


@pytest.fixture
def attacked(telal_engine):
    """The app, and headers that open all of it. Nothing that is pushed or erased matters to other tests."""
    server = telal_engine.settings.server.model_copy(
        update={"ask_limit": "", "read_limit": "", "hosts": ("testserver",)}
    )
    created = key_for_all(telal_engine.archive.database)
    app = build_app(telal_engine, telal_engine.settings.model_copy(update={"server": server}))
    yield app, {"Authorization": f"Bearer {created.token}"}
    KeyStore(telal_engine.archive.database).revoke(created.key.id)


@pytest.mark.parametrize("mode", MODES)
def test_every_route(attacked, mode):
    app, headers = attacked
    seen = attack(app, headers, MODES[mode], examples=EXAMPLES)
    assert not seen.failures, "\n\n".join(seen.failures)
    assert len(seen.routes) > 10 and seen.routes.total() > 100
