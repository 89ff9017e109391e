"""What the routes share, built once by `build_app` and handed to them by FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from api.gate import Gate
from rag.config import Settings
from rag.engine import Engine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Services:
    """The engine and what guards it."""

    engine: Engine
    settings: Settings
    gate: Gate
    pool: ThreadPoolExecutor

    @classmethod
    def over(cls, engine: Engine, settings: Settings) -> Services:
        """The services of a server with these settings."""
        server = settings.server
        gate = Gate(slots=server.concurrency, queue=server.queue, wait_s=server.queue_wait_s)
        return cls(engine, settings, gate, ThreadPoolExecutor(server.concurrency, thread_name_prefix="answer"))

    async def run(self, work: Callable[[], T]) -> T:
        """The result of short blocking work, done when there is room. Raises Busy."""
        await self.gate.enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work)
        finally:
            self.gate.leave()

    def close(self) -> None:
        """Lets running work end, starts none."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def services(request: Request) -> Services:
    """The services of the app that serves this request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


Telal = Annotated[Services, Depends(services)]
