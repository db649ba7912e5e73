"""What stands before every request: who may ask, from which page, for what; and what the browser is told to refuse."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from samuel.studio.guesses import Guesses

UPLOAD = "/studio/recordings"
LARGEST_BODY = 65_536  # bytes, of any request but an upload
LOCAL = ("127.0.0.1", "localhost", "::1")

# All that the page needs of Gradio. Its uploads, file serving, proxy and monitoring are not among it: they know of no
# visitors, and keep files under the names that they were given.
_OPEN = re.compile(
    r"/|/studio/.*|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/(static|assets|svelte)/.*"
    r"|/gradio_api/(info|startup-events|theme\.css|app_id|user|login_check)/?"
    r"|/gradio_api/(call|run|api|heartbeat)/.*|/gradio_api/queue/(join|data)|/gradio_api/(reset|cancel)/?"
)

# The page works without any other host, and the browser sees to it. Gradio compiles small functions, hence eval.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'self'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further. headers tell a browser or program what to do about it."""

    status: int
    error: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Guard:
    """ASGI middleware. password None: only hosts that name this machine itself; else whoever knows it."""

    def __init__(self, app: ASGIApp, password: str | None = None) -> None:
        self._app, self._password, self._guesses = app, password, Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on, with our headers on the answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] != "http":  # no websocket is offered: closed before it opens
            await send({"type": "websocket.close", "code": 1008})
        elif refusal is not None:
            answer = JSONResponse({"error": refusal.error}, refusal.status, refusal.headers)
            await answer(scope, receive, _with_headers(send, unread=True))
        else:
            await self._app(scope, receive, _with_headers(send, unread=scope["path"] == UPLOAD))

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers, path = Headers(scope=scope), scope["path"]
        if self._password is None and _host_of(f"//{headers.get('host', '')}") not in LOCAL:
            return Refusal(421, "this studio is for the machine that it runs on: open it as 127.0.0.1.")
        if self._password is not None:
            address = (scope.get("client") or ("",))[0]
            if (refusal := self._unknown(address, headers.get("authorization", ""), self._password)) is not None:
                return refusal
        if ".." in path or "\\" in path or not _OPEN.fullmatch(path):
            return Refusal(404, "there is nothing here.")
        if scope.get("method") in ("GET", "HEAD"):
            return None
        if not _same_origin(headers):
            return Refusal(403, "the request comes from another site's page: use the studio's own.")
        return None if path == UPLOAD else _body_refusal(headers)

    def _unknown(self, address: str, authorization: str, password: str) -> Refusal | None:
        """Ask for the password; after too many wrong ones, not even the right one helps for a while."""
        if wait := self._guesses.wait(address):
            error = f"too many wrong passwords came from {address}: try again in {wait} s."
            return Refusal(429, error, {"retry-after": str(wait)})
        if _knows(authorization, password):
            return None
        if authorization:
            self._guesses.add(address, authorization)
        asking = {"www-authenticate": 'Basic realm="SAMUeL", charset="UTF-8"'}
        return Refusal(401, "a password is needed: ask whoever runs the studio.", asking)


def _body_refusal(headers: Headers) -> Refusal | None:
    announced = headers.get("content-length", "")
    if not announced.isdecimal():
        return Refusal(411, "the request does not say how long it is: send Content-Length.")
    if int(announced) > LARGEST_BODY:
        return Refusal(413, f"the request has {announced} bytes: at most {LARGEST_BODY} are taken here.")
    return None


def _same_origin(headers: Headers) -> bool:
    """Whether our own page sends this, or no page at all, by what a page cannot keep a browser from adding."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _knows(authorization: str, password: str) -> bool:
    """Whether a Basic Authorization header holds the password; any name will do."""
    scheme, _, coded = authorization.partition(" ")
    try:
        _, _, given = base64.b64decode(coded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, password.encode())


def _with_headers(send: Send, unread: bool) -> Send:
    """unread: a refusal may leave a body in the line; without closing it the server would read all of it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if unread and message["status"] >= 400:
                headers["connection"] = "close"
            if "cache-control" not in headers:
                headers["cache-control"] = "no-store"
        await send(message)

    return sending
