"""What the routes share, built once by `build_app` and handed to them by FastAPI."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from api.access import Access
from api.gate import Gate
from rag.config import Settings

if TYPE_CHECKING:
    from rag.engine import Engine


@dataclass(frozen=True, slots=True)
class Services:
    """The engine and what guards it."""

    engine: Engine
    settings: Settings
    gate: Gate
    pool: ThreadPoolExecutor
    access: Access


def services(request: Request) -> Services:
    """The services of the app that serves this request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


Telal = Annotated[Services, Depends(services)]
