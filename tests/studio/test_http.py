"""Over HTTP, as strangers and programs may use it."""

from __future__ import annotations

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from serving import Server, running
from tiny import sung
from waiting import HANGS, wait_for

from samuel.audio import read_audio, read_tags
from samuel.studio.guesses import MOST, SECONDS

OWN = (-1, 0, "default", "any", "", 0, -1)  # guidance, seed, sampler, style, chords, tempo and downbeat of a take


@pytest.fixture
def recording(server: Server, visitor: str, vocal: Path) -> str:
    name: str = server.upload(visitor, vocal.read_bytes()).json()["id"]
    return name


@pytest.fixture
def take(server: Server, visitor: str, recording: str) -> str:
    job = server.finished(visitor, server.call("accompany", visitor, recording, 1, 1, *OWN))
    name: str = job["takes"][0]
    return name


@pytest.mark.parametrize("part", ["band", "vocal", "mix"])
@pytest.mark.parametrize("audio_format", ["wav", "flac", "mp3"])
def test_a_take_can_be_downloaded_in_all_parts_and_formats(
    server: Server, visitor: str, take: str, part: str, audio_format: str, tmp_path: Path
) -> None:
    answer = server.get(f"/studio/takes/{take}/{part}.{audio_format}", visitor, params={"vocal_gain": 3})
    assert answer.status_code == 200
    path = tmp_path / f"{part}.{audio_format}"
    path.write_bytes(answer.content)
    assert read_audio(path).seconds == pytest.approx(1.5, abs=0.06)
    if part != "vocal":
        assert read_tags(path)["title"] == "SAMUeL, seed 0"


def test_a_download_leaves_no_file_behind(server: Server, visitor: str, take: str) -> None:
    before = server.files()
    server.get(f"/studio/takes/{take}/mix.mp3", visitor)
    wait_for(lambda: server.files() == before)


def test_another_visitors_files_are_not_served(server: Server, visitor: str, recording: str, take: str) -> None:
    stranger = server.call("enter")["visitor"]
    for path in (
        f"/studio/takes/{take}/band.wav",
        f"/studio/recordings/{recording}/vocal.flac",
        f"/studio/recordings/{recording}/analysis",
    ):
        assert server.get(path, visitor).status_code == 200
        refused = server.get(path, stranger)
        assert (refused.status_code, "no such" in refused.json()["error"]) == (404, True)
        assert server.get(path, "guessed").status_code == 422
    assert "no such take" in server.call("regenerate", stranger, take, 0.5, 0.9, -1, "same", "same")["error"]


PATHS = [
    "/studio/takes/../../../etc/passwd",
    "/studio/takes/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/studio/static/../server.py",
    "/studio/static/..%2fserver.py",
    "/studio/static/%2e%2e/server.py",
    "/studio/recordings/..%5c..%5csecret/vocal.flac",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=%2Fetc%2Fpasswd",
    "/gradio_api/file/etc/passwd",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api/stream/a/b/c/playlist.m3u8",
    "/static/../../../../etc/passwd",
    "/static/%2e%2e%2f%2e%2e%2froutes.py",
    "/assets/..%2f..%2f..%2froutes.py",
    "/svelte/..%2f..%2froutes.py",
    "/monitoring",
    "/openapi.json",
    "/docs",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_what_is_served(server: Server, visitor: str, path: str) -> None:
    """By a socket, for a client would tidy the path up."""
    head, body = exchange(server.port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Samuel-Visitor: {visitor}\r\n")
    assert head.split()[1] in ("404", "403", "422"), (head, body)
    assert "root:" not in body
    assert "import" not in body


def test_uploaded_names_go_nowhere(server: Server, visitor: str, vocal: Path) -> None:
    names = {"filename": "../../../tmp/evil.wav", "name": "..\\evil.wav"}
    disposition = {"X-Samuel-Visitor": visitor, "Content-Disposition": 'attachment; filename="../../evil.wav"'}
    answer = server.post("/studio/recordings", content=vocal.read_bytes(), params=names, headers=disposition)
    assert answer.status_code == 200
    assert not [path for path in server.files() if "evil" in path.name]
    upload = server.post("/gradio_api/upload", files={"files": ("../../evil.wav", vocal.read_bytes())})
    assert upload.status_code == 404


def test_a_zip_named_wav_is_refused_in_one_sentence(server: Server, visitor: str, archive: bytes) -> None:
    before = server.files()
    answer = server.upload(visitor, archive)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("the recording is no audio file: give wav")
    assert server.files() == before


def test_an_upload_of_2_gb_is_refused_before_it_is_sent(server: Server, visitor: str) -> None:
    request = (
        f"POST /studio/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Samuel-Visitor: {visitor}\r\n"
        "Content-Length: 2000000000\r\n"
    )
    head, body = exchange(server.port, request)
    assert head.split()[1] == "413"
    assert "2000 MB" in body


def test_an_upload_without_a_length_ends_at_the_limit(server: Server, visitor: str) -> None:
    before = server.files()
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANGS) as client:
        head = f"POST /studio/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Samuel-Visitor: {visitor}\r\n"
        client.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        assert sent_until_refused(client, 2_000) < 30_000_000  # the limit of 3 MB, and what sockets buffer
    wait_for(lambda: server.files() == before)


def test_a_sender_who_breaks_off_leaves_nothing(server: Server, visitor: str) -> None:
    before = server.files()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = f"POST /studio/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Samuel-Visitor: {visitor}\r\n"
        client.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b"RIFF" + bytes(100_000))
        wait_for(lambda: server.files() != before)
    wait_for(lambda: server.files() == before)


def test_200_jobs_at_once_leave_the_studio_working(server: Server) -> None:
    visitors = [server.call("enter")["visitor"] for _ in range(3)]
    names = {each: server.call("example", each)["id"] for each in visitors}  # 24 s: long enough that no job ends

    def ask(index: int) -> Any:
        visitor = visitors[index % 3]
        return server.call("accompany", visitor, names[visitor], 16, 800, *OWN)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(200)))
    taken = [answer for answer in answers if "id" in answer]
    assert len(taken) == 6
    assert all("waiting" in answer["error"] for answer in answers if "id" not in answer)
    assert sorted(job["position"] for job in taken) == list(range(6))
    for visitor in visitors:
        for job in server.call("state", visitor)["jobs"]:
            assert server.call("cancel", visitor, job["id"])["state"] == "cancelled"
    server.finished(visitors[0], server.call("accompany", visitors[0], names[visitors[0]], 1, 1, *OWN))
    assert sum(len(server.call("state", visitor)["takes"]) for visitor in visitors) == 1  # none came to its end


def test_a_visitor_who_leaves_in_mid_run_stops_it_and_leaves_nothing(tmp_path: Path, vocal: Path) -> None:
    with running(tmp_path, grace_seconds=0.05) as server:
        visitor = server.call("enter")["visitor"]
        recording = server.upload(visitor, vocal.read_bytes()).json()["id"]
        job = server.call("accompany", visitor, recording, 16, 800, *OWN)
        wait_for(lambda: server.call("job", visitor, job["id"])["fraction"] > 0)
        assert server.files()
        assert server.post("/studio/leave", content=visitor.encode()).status_code == 204  # as a closed page sends it
        wait_for(lambda: not server.files())
        assert "visit is over" in server.call("job", visitor, job["id"])["error"]
        other = server.call("enter")["visitor"]  # who need not wait for 16 takes of 800 steps
        recording = server.upload(other, vocal.read_bytes()).json()["id"]
        server.finished(other, server.call("accompany", other, recording, 1, 1, *OWN))


NONSENSE = [
    ("trim", ["RECORDING", "a", "b"]),
    ("trim", ["RECORDING", None, 1]),
    ("trim", ["RECORDING", 0, float("inf")]),
    ("trim", [["RECORDING"], 0, 1.2]),
    ("accompany", ["RECORDING", "many", 1, *OWN]),
    ("accompany", ["RECORDING", 1, float("nan"), *OWN]),
    ("accompany", ["RECORDING", 1, 1, -1, 1e300, "default", "any", "", 0, -1]),
    ("accompany", ["RECORDING", 1, 1, -1, 0, {"a": 1}, "any", "", 0, -1]),
    ("accompany", ["RECORDING", 1, 1, "../../etc", 0, "default", "any", "", 0, -1]),
    ("accompany", ["RECORDING", 1, 1, -1, 0, "default", "any", ["0 1 Am"], 0, -1]),
    ("accompany", ["RECORDING", 1, 1, -1, 0, "default", "any", "", "fast", -1]),
    ("accompany", ["RECORDING", 1, 1, -1, 0, "default", "any", "", 0, "first"]),
    ("accompany", ["RECORDING"]),
    ("accompany", ["RECORDING", 1, 1, *OWN[:-1]]),
    ("state", []),
]


@pytest.mark.parametrize(("name", "values"), NONSENSE, ids=str)
def test_inputs_of_a_wrong_type_are_refused_in_a_sentence_that_tells_nothing_of_us(
    server: Server, visitor: str, recording: str, name: str, values: list[Any]
) -> None:
    given = json.dumps({"data": [visitor, *(recording if value == "RECORDING" else value for value in values)]})
    data = given if values else json.dumps({"data": [{"no": "token"}]})
    answer = server.post(f"/gradio_api/run/{name}", content=data, headers={"Content-Type": "application/json"})
    assert answer.status_code >= 400
    error = answer.json()["error"]
    assert re.fullmatch(r"\w+: [a-z ,'+-]+\.|accompany takes 11 inputs, not \d+: give all in order\.", error), error
    assert not re.search(r"Traceback|site-packages|/tmp|\.py", answer.text)


def test_chords_are_taken_as_a_sheet_and_a_wrong_line_is_named(server: Server, visitor: str, recording: str) -> None:
    settings = OWN[:-3]
    refused = server.call("accompany", visitor, recording, 1, 1, *settings, "0 0.5 Am\n0.5 1 <b>", 0, -1)
    assert "line 2 of the chord sheet: chord '<b>' cannot be read" in refused["error"]
    job = server.finished(visitor, server.call("accompany", visitor, recording, 1, 1, *settings, "0 9 Am7/G", 0, -1))
    [take] = server.call("state", visitor)["takes"]
    assert (job["takes"], take["chords"]) == ([take["id"]], "0.000\t1.500\tAm7/G\n")


def test_beats_are_told_and_what_is_out_of_range_is_refused(server: Server, visitor: str, recording: str) -> None:
    for beats, sentence in (
        ((20, -1), "tempo 20 is out of range: give beats per minute from 50 to 210"),
        ((0, 1.5), "downbeat 1.5 is out of range, and the song ends at 1.5 s: give the seconds at which a bar begins"),
    ):
        refused = server.call("accompany", visitor, recording, 1, 1, *OWN[:-2], *beats)
        assert sentence in refused["error"]
    server.finished(visitor, server.call("accompany", visitor, recording, 1, 1, *OWN[:-2], 92.5, 0.4))
    [take] = server.call("state", visitor)["takes"]
    assert (take["tempo"], take["downbeat"]) == (92.5, 0.4)
    assert "tempo 20 is out of range" in server.call("beats", visitor, recording, "", 20, -1)["error"]
    assert server.call("beats", visitor, recording, "0 1 Am", 92.5, 0.4) == {"beats": [], "downbeats": []}  # too short


@pytest.mark.parametrize("gain", ["nan", "1e9", "loud"])
def test_a_fader_out_of_range_is_refused(server: Server, visitor: str, take: str, gain: str) -> None:
    assert server.get(f"/studio/takes/{take}/mix.wav", visitor, params={"vocal_gain": gain}).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/run/enter",
        "/gradio_api/call/enter",
        "/gradio_api/queue/join",
        "/studio/recordings",
        "/studio/leave",
    ],
)
def test_posts_from_other_sites_are_refused(server: Server, path: str, headers: dict[str, str]) -> None:
    assert server.post(path, json={"data": []}, headers=headers).status_code == 403


def test_the_own_page_may_post(server: Server) -> None:
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert server.post("/gradio_api/run/enter", json={"data": []}, headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::1"])
def test_a_foreign_name_for_this_machine_is_refused(server: Server, host: str) -> None:
    """Else another site could have its own name point here, and read everything."""
    head, _ = exchange(server.port, f"GET / HTTP/1.1\r\nHost: {host}\r\n")
    assert head.split()[1] == "421"


def test_a_large_or_endless_request_is_refused(server: Server) -> None:
    assert server.post("/gradio_api/run/enter", content=bytes(70_000)).status_code == 413
    head, _ = exchange(
        server.port, "POST /gradio_api/run/enter HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
    )
    assert head.split()[1] == "411"


def test_a_shared_studio_wants_its_password_for_everything(tmp_path: Path) -> None:
    import httpx

    with running(tmp_path, password="correct horse") as shared:
        for path in ("/", "/config", "/studio/static/studio.js", "/studio/recordings/x/analysis", "/gradio_api/info"):
            assert httpx.get(shared.url + path).status_code == 401
        assert shared.post("/gradio_api/run/enter", json={"data": []}).status_code == 401
        for wrong in ("", "correct hors", "correct horse "):
            assert httpx.get(shared.url, auth=("singer", wrong)).status_code == 401
        assert httpx.get(shared.url, headers={"Authorization": "Basic !"}).status_code == 401
        right = httpx.get(shared.url, auth=("singer", "correct horse"), headers={"Host": "studio.lan:7860"})
        assert right.status_code == 200
        for number in range(MOST):
            last = httpx.get(shared.url, auth=("singer", f"guess {number}"))
        assert (last.status_code, last.json()["error"][:44]) == (429, "too many wrong passwords came from 127.0.0.1")
        assert 0 < int(last.headers["retry-after"]) <= SECONDS
        assert httpx.get(shared.url, auth=("singer", "correct horse")).status_code == 429
        with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as elsewhere:
            assert elsewhere.get(shared.url, auth=("singer", "correct horse")).status_code == 200


def test_the_page_names_no_other_host_to_load_from(server: Server) -> None:
    page, css = server.get("/").text, server.get("/theme.css").text
    loading = r"""(?:src|href)\s*=\s*["'](https?:)?//|@import\s+["']?https?:|url\(\s*["']?https?:"""
    scripts = [server.get(f"/studio/static/{name}").text for name in ("studio.js", "server.js", "player.js")]
    for text in (page, css, server.get("/studio/static/studio.css").text, *scripts):
        assert not re.search(loading, text)
    assert '"analytics_enabled":false' in page.replace(" ", "")
    policy = server.get("/").headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "http" not in policy


def test_sound_is_kept_by_no_cache(server: Server, visitor: str, recording: str) -> None:
    answer = server.get(f"/studio/recordings/{recording}/vocal.flac", visitor)
    assert answer.headers["cache-control"] == "no-store"


def test_long_ended_visits_are_said_to_be_over(server: Server) -> None:
    assert "visit is over" in server.call("state", "no-such-token")["error"]


def exchange(port: int, request: str) -> tuple[str, str]:
    """The first line and the rest of the answer to a request given as it is."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANGS) as client:
        client.sendall(f"{request}Connection: close\r\n\r\n".encode())
        answer = b""
        while part := client.recv(65_536):
            answer += part
    head, _, body = answer.decode("utf-8", "replace").partition("\r\n")
    return head, body


def sent_until_refused(client: socket.socket, chunks: int) -> int:
    """Bytes that could be sent, in up to `chunks` of a megabyte, before the other side closed."""
    block = bytes(1_000_000)
    for index in range(chunks):
        try:
            client.sendall(b"%x\r\n" % len(block) + block + b"\r\n")
        except OSError:
            return index * len(block)
    raise AssertionError("it was never refused")


def test_a_vocal_in_several_channels_is_taken(server: Server, visitor: str, tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "four.wav"
    soundfile.write(path, sung(1.5, channels=4).samples.T, 44_100)
    assert server.upload(visitor, path.read_bytes()).json()["channels"] == 2
