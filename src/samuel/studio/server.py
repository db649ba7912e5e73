"""The studio as a web server: everything put together, bound to an address, and cleared away at the end."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samuel.config import DEFAULT_MODEL, require_range
from samuel.errors import ConfigError, MissingExtraError, SamuelError
from samuel.studio.limits import Limits
from samuel.unwinding import undisturbed, unwinding

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from samuel.pipeline import Accompanist
    from samuel.studio.studio import Studio

PASSWORD_VARIABLE = "SAMUEL_STUDIO_PASSWORD"
_LEAST_PASSWORD = 8  # characters
_BACKLOG = 128  # connections
_GRACE = 2  # s: open pages hold a connection, which must not keep the server from ending


@dataclass(frozen=True)
class Address:
    """Where to listen. Only with share_lan can other machines reach it, and then only with the password.

    certificate and key (PEM) make it https, without which browsers allow the microphone on this machine alone.
    Raises ConfigError for share_lan without a password, or with one that is too short.
    """

    port: int = 7860
    share_lan: bool = False
    password: str | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        require_range("port", self.port, 1, 65_535)
        if self.share_lan and not self.password:
            raise ConfigError(
                "--share-lan lets others in your network in, so it needs a password: give --password or set"
                f" {PASSWORD_VARIABLE}."
            )
        if self.password and len(self.password) < _LEAST_PASSWORD:
            raise ConfigError(f"the password has {len(self.password)} characters: choose at least {_LEAST_PASSWORD}.")
        if (self.certificate is None) != (self.key is None):
            raise ConfigError("--certificate and --key belong together: give both, or none.")

    @property
    def host(self) -> str:
        """The address to bind."""
        return "0.0.0.0" if self.share_lan else "127.0.0.1"

    @property
    def url(self) -> str:
        """What to open on this machine."""
        return f"http{'s' if self.certificate else ''}://127.0.0.1:{self.port}"


def serve(
    model: str | Path = DEFAULT_MODEL,
    address: Address | None = None,
    limits: Limits | None = None,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the studio until interrupted, then remove all its files. on_ready hears the URL once it can be opened.

    Raises MissingExtraError without the extra studio, CheckpointError for a bad model, ConfigError for a port in use.
    """
    require_extra()
    from samuel.pipeline import Accompanist

    address = address or Address()
    with _listening(address) as listener, opened(Accompanist.from_pretrained(model), limits) as studio:
        app = make_app(studio, address.password)
        on_ready(address.url)
        run_app(app, listener, ssl_certfile=address.certificate, ssl_keyfile=address.key)


def run_app(app: ASGIApp, listener: socket.socket, **settings: Any) -> None:
    """Serve an application on a bound socket until Ctrl-C, SIGTERM or SIGHUP. settings: of uvicorn.Config."""
    import uvicorn

    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=_GRACE, server_header=False, **settings)
    server = uvicorn.Server(config)
    with undisturbed(server.handle_exit):  # an exception in the midst of its loop could be swallowed by what runs there
        server.run(sockets=[listener])


@contextmanager
def opened(accompanist: Accompanist, limits: Limits | None = None) -> Iterator[Studio]:
    """A studio that is closed, and its files removed, at the end; also at one that SIGTERM or SIGHUP brings."""
    from samuel.studio.studio import Studio

    with unwinding():  # uvicorn shuts down at SIGTERM as well, but then sends it once more to who handled it before
        studio = Studio(accompanist, limits)
        try:
            yield studio
        finally:
            studio.close()


def make_app(studio: Studio, password: str | None = None) -> ASGIApp:
    """The whole of it as an ASGI application: our routes, Gradio's page at the root, and the guard before both."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read as Gradio is imported and whenever it would report
    require_extra()
    from fastapi import FastAPI

    from samuel.studio.guard import Guard
    from samuel.studio.page import mount_page
    from samuel.studio.routes import answer_error, make_routes

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)  # their pages load scripts from elsewhere
    app.include_router(make_routes(studio))
    app.add_exception_handler(SamuelError, answer_error)
    return Guard(mount_page(app, studio), password)


def require_extra() -> None:
    """Raise MissingExtraError unless Gradio is there."""
    from importlib.util import find_spec

    if find_spec("gradio") is None:
        raise MissingExtraError("gradio", "studio")


@contextmanager
def _listening(address: Address) -> Iterator[socket.socket]:
    """A bound socket. Raises ConfigError if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"port {address.port} cannot be used ({error.strerror}): choose another one with --port."
        ) from error
    try:
        yield listener
    finally:
        listener.close()
