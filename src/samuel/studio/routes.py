"""Sound in and out, beside Gradio: its own file serving knows no visitors, so the studio does not use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.background import BackgroundTask

from samuel.audio import AudioFormat
from samuel.studio.api import shown_recording
from samuel.studio.limits import LimitError, UnknownError
from samuel.studio.studio import Studio
from samuel.studio.takes import Part

VISITOR = "X-Samuel-Visitor"  # a header, not a cookie: no other site can make a browser send it
Token = Annotated[str, Header(alias=VISITOR)]
SCRIPTS = (
    "studio", "server", "beat", "chords", "faders", "gestures", "lines", "lists", "player", "score", "recorder",
    "microphone",
)  # fmt: skip
STATIC = {"studio.css", *(f"{name}.js" for name in SCRIPTS)}
_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}


def make_routes(studio: Studio) -> APIRouter:
    """All routes under /studio."""
    router = APIRouter(prefix="/studio")

    @router.post("/recordings")
    async def upload(request: Request, visitor: Token) -> dict[str, Any]:
        """The bytes of a sound file as the body, without any name."""
        announced = request.headers.get("content-length")
        size = int(announced) if announced is not None and announced.isdecimal() else None
        return shown_recording(await studio.upload(visitor, _chunks(request), size))

    @router.get("/recordings/{recording}/vocal.flac")
    def vocal(recording: str, visitor: Token) -> FileResponse:
        """A recording at 44.1 kHz."""
        return FileResponse(studio.visitors.get(visitor).recording(recording).path, media_type=_TYPES["flac"])

    @router.get("/recordings/{recording}/analysis")
    def analysis(recording: str, visitor: Token) -> dict[str, Any]:
        """Pitch line, chords and beats; {} while it is being heard, {"error": ...} where that failed."""
        found = studio.visitors.get(visitor).recording(recording).analysis
        if found is None:
            return {}
        return {"error": found} if isinstance(found, str) else asdict(found)

    @router.get("/takes/{take}/{part}.{audio_format}")
    def download(
        take: str, part: Part, audio_format: AudioFormat, visitor: Token, vocal_gain: Annotated[float, Query()] = 0.0
    ) -> FileResponse:
        """The band, the vocal or the mix of a take, the vocal vocal_gain dB over the band."""
        path = studio.export(visitor, take, part, audio_format, vocal_gain)
        remove = BackgroundTask(path.unlink, missing_ok=True)
        return FileResponse(path, media_type=_TYPES[audio_format], background=remove)

    @router.post("/leave")
    async def leave(request: Request) -> Response:
        """What a page sends as it closes: its token as the body, for a beacon can have no header of ours."""
        studio.visitors.leave((await request.body()).decode("ascii", "replace"))
        return Response(status_code=204)

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        """The page's own scripts and styles."""
        if name not in STATIC:
            raise UnknownError("file")
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response(read_static(name), media_type=kind)

    return router


def read_static(name: str) -> str:
    """A file of the page's own."""
    return (files("samuel.studio") / "static" / name).read_text(encoding="utf-8")


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """A SamuelError as JSON: 404 for what is not there, 413 for too much, 422 for the rest."""
    status = {UnknownError: 404, LimitError: 413}.get(type(error), 422)
    return JSONResponse({"error": str(error)}, status)


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk
