"""The door over a real socket: gunicorn's parser, our limits, and how it ends. What is timed here is never a speed."""

import json
import re
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from cds_service.errors import SettingsError
from cds_service.settings import Settings
from cds_service.web.server import serve

Json = dict[str, Any]
Check = Callable[[bytes], Json]
Start = Callable[..., Any]
CALL = "/cds-services/image-review"
MB = 1024 * 1024
HEAD = b"POST /cds-services/image-review HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CLOSE = b"Connection: close\r\n"


def answers(got: bytes) -> list[tuple[int, bytes]]:
    """The status and body of each response in a stream."""
    found = []
    while got:
        head, _, rest = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length: (\d+)", head)
        size = int(length[1]) if length else 0
        found.append((int(head.split(b" ")[1]), rest[:size]))
        got = rest[size:]
    return found


def everything(raw: socket.socket) -> bytes:
    got = b""
    while part := raw.recv(65536):
        got += part
    return got


def chunks(size: int, each: int = 65536) -> Iterator[bytes]:
    for _ in range(size // each):
        yield b" " * each


def test_a_call_over_a_socket_is_answered(served: Any, call: Json, answered: Check) -> None:
    status, body = served.post(json.dumps(call).encode())
    assert status == 200
    answered(body)


def test_a_chunked_call_is_answered(served: Any, call: Json, answered: Check) -> None:
    text = json.dumps(call).encode()
    status, body = served.post(text[at : at + 1000] for at in range(0, len(text), 1000))
    assert status == 200
    answered(body)


def test_nine_megabytes_are_413_and_the_client_hears_it(served: Any, refused: Check) -> None:
    status, body = served.post(b" " * (9 * MB))
    assert status == 413
    refused(body)


def test_nine_megabytes_in_chunks_are_413_and_the_client_hears_it(served: Any, refused: Check) -> None:
    status, body = served.post(chunks(9 * MB))
    assert status == 413
    refused(body)


def test_200_bytes_over_the_limit_in_chunks_are_413_and_not_cut_short(served: Any, call: Json, refused: Check) -> None:
    text = json.dumps(call).encode()
    padded = text + b" " * (8 * MB + 200 - len(text))
    status, body = served.post(padded[at : at + MB] for at in range(0, len(padded), MB))
    assert status == 413
    refused(body)


def test_eight_megabytes_are_read_to_the_last_byte(served: Any, call: Json, answered: Check) -> None:
    text = json.dumps(call).encode()
    padded = b" " * (8 * MB - len(text)) + text
    for body in (padded, (padded[at : at + MB] for at in range(0, len(padded), MB))):
        status, got = served.post(body)
        assert status == 200
        answered(got)


def test_two_hundred_kilobytes_are_no_trouble(served: Any, call: Json) -> None:
    entry = call["prefetch"]["media"].get("entry", [])
    padding = {"resourceType": "Basic", "id": "x", "code": {"text": "x" * 1000}}
    call["prefetch"]["extra"] = {"resourceType": "Bundle", "entry": [*entry, *([{"resource": padding}] * 200)]}
    body = json.dumps(call).encode()
    assert len(body) > 200_000
    assert served.post(body)[0] == 200


@pytest.mark.parametrize("close", [True, False])
def test_a_body_without_a_length_is_411(served: Any, refused: Check, close: bool) -> None:
    ((status, body),) = answers(served.raw(HEAD + CLOSE + b"\r\n", close=close))
    assert status == 411
    refused(body)


def test_a_body_that_is_broken_off_is_400(served: Any, refused: Check) -> None:
    ((status, body),) = answers(served.raw(HEAD + CLOSE + b"Content-Length: 100\r\n\r\n{}", close=True))
    assert status == 400
    assert refused(body)["issue"][0]["code"] == "incomplete"


def test_chunks_that_are_broken_off_are_400(served: Any, refused: Check) -> None:
    ((status, body),) = answers(
        served.raw(HEAD + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}", close=True),
    )
    assert status == 400
    refused(body)


@pytest.mark.parametrize("framing", [b"Content-Length: 100\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}"])
def test_a_body_that_never_comes_is_400_and_its_thread_is_free_again(
    served: Any, refused: Check, framing: bytes
) -> None:
    ((status, body),) = answers(served.raw(HEAD + framing))
    assert status == 400
    assert "within 2 seconds" in refused(body)["issue"][0]["diagnostics"]


def test_a_body_that_drips_is_given_up_as_a_whole(served: Any, refused: Check) -> None:
    with served.connected() as raw:
        raw.sendall(HEAD + CLOSE + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        got = b""
        raw.settimeout(0.2)
        while time.monotonic() - began < 10 and not got:
            try:
                raw.sendall(b" ")
                got = raw.recv(65536)
                got += everything(raw)
            except TimeoutError:
                continue
            except OSError:
                break
    ((status, body),) = answers(got)
    assert status == 400
    refused(body)


def test_headers_that_drip_are_given_up_too(served: Any) -> None:
    with served.connected() as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
        began = time.monotonic()
        raw.settimeout(0.2)
        ended = False
        while time.monotonic() - began < 10 and not ended:
            try:
                raw.sendall(b"a")
                ended = raw.recv(65536) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
    assert ended


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'{"a":' * 500_000, b"[[],[]]" * 1000, b"NaN", b"\xff\xfe"])
def test_a_bomb_is_400_and_the_next_call_is_answered(served: Any, call: Json, refused: Check, body: bytes) -> None:
    status, got = served.post(body)
    assert status == 400
    refused(got)
    assert served.post(json.dumps(call).encode())[0] == 200


def test_a_packed_bomb_is_never_unpacked(served: Any) -> None:
    assert served.post(b"\x1f\x8b" + b"\x00" * 1000, **{"Content-Encoding": "gzip"})[0] == 415


def test_a_body_that_nobody_reads_leaves_no_request_behind(served: Any) -> None:
    inside = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    sent = b"POST /cds-services/nope HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(inside)
    got = answers(served.raw(sent + inside + b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n"))
    assert [status for status, _ in got] == [404, 200]


GET = b"GET /cds-services HTTP/1.1\r\nHost: x\r\n"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
RAW = {
    "length and chunks": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n" + SMUGGLED,
    "two equal lengths in one": HEAD + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": HEAD + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": HEAD + b"Content-Length: -2\r\n\r\n{}",
    "a length in hex": HEAD + b"Content-Length: 0x2\r\n\r\n{}",
    "an unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + SMUGGLED,
    "chunked and identity": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + SMUGGLED,
    "a tab before chunked": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + SMUGGLED,
    "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n" + SMUGGLED,
    "a folded header": GET + b"X-A: b\r\n c\r\n\r\n",
    "a NUL in a header": GET + b"X-A: b\x00c\r\n\r\n",
    "a bare CR in a header": GET + b"X-A: b\rc\r\n\r\n",
    "a bare LF": b"GET /cds-services HTTP/1.1\nHost: x\n\n",
    "a header without a name": GET + b": b\r\n\r\n",
    "a header with a space": GET + b"X A: b\r\n\r\n",
    "a header of 64 kB": GET + b"X-A: " + b"b" * 65536 + b"\r\n\r\n",
    "a hundred headers": GET + b"".join(b"X-%d: b\r\n" % at for at in range(100)) + b"\r\n",
    "an address of 10 kB": b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in lower case": b"get /cds-services HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/3.7": b"GET /cds-services HTTP/3.7\r\nHost: x\r\n\r\n",
    "no version": b"GET /cds-services\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100 + b"\r\n\r\n",
    "a chunk of a wrong size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk that is too long": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
    "a chunk size that never ends": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 20_000,
    "an expectation": HEAD + b"Expect: ZZPHI\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW.keys())
def test_what_a_proxy_might_read_otherwise_is_4xx_and_the_connection_ends(
    served: Any, refused: Check, sent: bytes
) -> None:
    got = answers(served.raw(sent.replace(b"X-A: b", b"X-A: ZZPHI"), close=True))
    assert len(got) == 1, "nothing behind it may be answered"
    status, body = got[0]
    assert 400 <= status < 500
    refused(body)
    assert b"ZZPHI" not in body
    assert served.ask("GET", "/healthz")[0] == 200


def test_nothing_of_all_this_is_in_the_log_but_one_line_for_each(served: Any, call: Json) -> None:
    call["context"]["userId"] = "Practitioner/ZZPHI"
    call["prefetch"]["patient"]["name"] = [{"family": "ZZPHI"}]
    assert served.post(json.dumps(call).encode(), Authorization="Bearer ZZPHI")[0] == 200
    assert served.ask("GET", "/ZZPHI?patient=ZZPHI")[0] == 404
    time.sleep(0.1)
    first, *lines = served.said.splitlines()
    assert first == f"Signoff serves http://127.0.0.1:{served.port} (Ctrl-C ends it)"
    events = [json.loads(line) for line in lines]
    assert "ZZPHI" not in served.said
    assert "Traceback" not in served.said
    assert {event["event"] for event in events} <= {
        "call",
        "request refused by the parser",
        "Socket error processing request.",
    }


def test_a_second_call_on_a_connection_does_not_wait_for_an_acknowledgement(served: Any, call: Json) -> None:
    """Without TCP_NODELAY every one of them would take 40 ms and more; the quickest of many says whether it is set."""
    text = json.dumps(call).encode()
    took = []
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        for _ in range(20):
            began = time.perf_counter()
            connection.request("POST", CALL, text, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                response.read()
            took.append(time.perf_counter() - began)
    assert min(took[1:]) < 0.035


def test_one_call_too_many_is_503_and_told_when_to_come_again(start: Start, call: Json, refused: Check) -> None:
    server = start(MAX_IN_FLIGHT="1", MAX_BODY_SECONDS="20")
    text = json.dumps(call).encode()
    with server.connected() as raw:
        raw.sendall(HEAD + CLOSE + b"Content-Length: %d\r\n\r\n" % len(text) + text[:10])
        time.sleep(0.3)
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request("POST", CALL, text, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                assert response.status == 503
                assert response.headers["Retry-After"] == "1"
                refused(response.read())
        assert server.ask("GET", "/readyz")[0] == 200
        raw.sendall(text[10:])
        ((status, _),) = answers(raw.recv(1 << 20))
    assert status == 200
    assert server.post(text)[0] == 200


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_and_ctrl_c_let_running_calls_finish(
    start: Start, call: Json, answered: Check, sent: signal.Signals, workers: int
) -> None:
    server = start(workers=workers)
    text = json.dumps(call).encode()
    running = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(8)]
    try:
        for raw in running:
            raw.sendall(HEAD + CLOSE + b"Content-Length: %d\r\n\r\n" % len(text) + text[:100])
        time.sleep(0.5)
        left: list[int] = []
        waiting = threading.Thread(target=lambda: left.append(server.stop(sent)))
        waiting.start()
        time.sleep(0.5)
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset: nobody listens any more
            server.ask("GET", "/healthz")
        for raw in running:
            raw.sendall(text[100:])
        for raw in running:
            ((status, body),) = answers(everything(raw))
            assert status == 200
            answered(body)
        waiting.join()
    finally:
        for raw in running:
            raw.close()
    assert left == [0]
    assert "Traceback" not in server.said


def test_clients_that_never_close_keep_nobody_waiting(served: Any) -> None:
    """gunicorn alone would serve nobody for two seconds after each of them."""
    staying = [socket.create_connection(("127.0.0.1", served.port), timeout=10) for _ in range(10)]
    try:
        for raw in staying:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
        began = time.monotonic()
        assert served.ask("GET", "/healthz")[0] == 200
        assert time.monotonic() - began < 5
    finally:
        for raw in staying:
            raw.close()


def test_a_client_that_resets_the_connection_harms_nobody(served: Any, call: Json) -> None:
    for sent in (b"", HEAD, HEAD + b"Content-Length: 100\r\n\r\n{}", json.dumps(call).encode()):
        with served.connected() as raw:
            raw.sendall(sent)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert served.post(json.dumps(call).encode())[0] == 200


def test_a_port_that_is_taken_is_named_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"{port}"):
            serve(Settings(), "127.0.0.1", port)


def test_the_address_of_the_links_follows_the_port(served: Any, call: Json) -> None:
    _, body = served.post(json.dumps(call).encode())
    assert f"http://127.0.0.1:{served.port}/".encode() in body
    assert b"127.0.0.1:8000" not in body
