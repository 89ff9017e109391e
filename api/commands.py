"""The commands of the server: `telal serve`, and what belongs to it."""

from __future__ import annotations

import errno
import socket
from typing import Annotated

import typer
from rich.console import Console

from api.keys_commands import keys
from rag.config import ServerSettings, load_settings
from rag.errors import BadSettings

GRACE_S = 8  # for requests that are under way when the server is told to stop

_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(serve)
    app.add_typer(keys, name="keys")


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: TELAL_SERVER__HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: TELAL_SERVER__PORT.")] = None,
) -> None:
    """Serve the API and the page."""
    settings = load_settings()
    changed = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    server = settings.server.model_copy(update=changed)
    with _listen(server) as listener:  # before the model is loaded: a taken port is told at once
        # Imported here: the other commands need not pay for a web server.
        import uvicorn

        from api.app import build_app
        from rag.engine import Engine

        settings = settings.model_copy(update={"server": server})
        with Engine.open(settings, own=True, progress=_tell) as engine:
            address = _address(server.host, listener.getsockname()[1])
            config = uvicorn.Config(
                build_app(engine, settings),
                log_level=settings.log_level,
                timeout_graceful_shutdown=GRACE_S,
                server_header=False,
            )
            engine.indexes.announce(address)
            _tell(f"Serving {address}")
            uvicorn.Server(config).run(sockets=[listener])


def _listen(server: ServerSettings) -> socket.socket:
    """A listening socket; raises BadSettings when the address cannot be had."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server.host, server.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise _cannot_listen(server, error) from error
    return listener


def _cannot_listen(server: ServerSettings, error: OSError) -> BadSettings:
    where = f"{server.host}:{server.port}"
    if error.errno == errno.EADDRINUSE:
        return BadSettings(f"Another program listens on {where} already.", hint="Stop it, or name another --port.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return BadSettings(f"This user may not listen on {where}.", hint="Name a --port from 1024 on.")
    return BadSettings(f"Cannot listen on {where}: {error.strerror or error}.", hint="Name another --host or --port.")


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tell(line: str) -> None:
    _err.print(line, style="dim", markup=False, highlight=False)
