"""`make bench`: how much our answer costs beside what nobody could leave out, on the machine it runs on.

(a) in one process: our answer to the standard request, beside `orjson` loading and dumping the same bytes;
(b) over HTTP: `signoff serve`, beside a Flask route under the same gunicorn configuration that only parses the body and
answers the bytes that we answered. Ours and theirs take turns, so that whatever else the machine does hits both.
"""

import argparse
import gc
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import orjson
import requests

from bench.ours import answerer
from bench.servers import OK, free_port, running
from bench.standard import standard

STANDARD = "medicare_photo_that_led_to_a_visit"  # a Medicare review of about 18 kB and 25 resources
ROUTE = "/cds-services/image-review"

IN_PROCESS_TARGET = 10.0  # at most so many times orjson's time
HTTP_TARGET = 0.4  # at least this share of the bare route's requests a second


@dataclass(frozen=True, slots=True)
class Effort:
    rounds: int  # in one process
    turns: int  # over HTTP, for each server and number of connections
    seconds: int  # for each turn


FULL = Effort(rounds=200, turns=3, seconds=5)
QUICK = Effort(rounds=30, turns=1, seconds=2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Print speed ratios and the machine.")
    parser.add_argument("--request", default=STANDARD, help="a folder of fhir_fixtures/ (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a figure to quote")
    parser.add_argument("--only", choices=["process", "http"], help="one half of it")
    asked = parser.parse_args()
    effort = QUICK if asked.quick else FULL

    review = standard(asked.request, datetime.now(UTC).date())

    describe_machine()
    size = len(review.body) / 1000
    print(f"request   fhir_fixtures/{review.name}: {size:.1f} kB as sent, {review.resources} resources")
    if asked.only != "http":
        in_process(review.body, effort)
    if asked.only != "process":
        over_http(review.body, effort)


# --- (a) in one process ---


def in_process(body: bytes, effort: Effort) -> None:
    one_answer = answerer()

    def theirs(body: bytes) -> bytes:
        return orjson.dumps(orjson.loads(body))

    one_answer(body)
    theirs(body)
    gc.collect()
    gc.freeze()  # as the server does once a worker is warm

    ours_took, theirs_took = [], []
    for _ in range(effort.rounds):
        ours_took.append(seconds_per_call(one_answer, body, calls=10))
        theirs_took.append(seconds_per_call(theirs, body, calls=50))
    ours, bare = statistics.median(ours_took), statistics.median(theirs_took)

    print(f"\nIn one process, the median of {effort.rounds} rounds, taking turns")
    print(f"  parse, read, assess, present, encode   {ours * 1e6:8.1f} µs")
    print(f"  orjson loads + dumps                   {bare * 1e6:8.1f} µs")
    ratio = ours / bare
    word = "PASS" if ratio <= IN_PROCESS_TARGET else "over target"
    print(f"  ratio                                  {ratio:8.2f} ×    target ≤ {IN_PROCESS_TARGET:g} ×   {word}")


def seconds_per_call(call: Callable[[bytes], bytes], body: bytes, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call(body)
    return (time.perf_counter() - start) / calls


# --- (b) over HTTP ---


@dataclass(frozen=True, slots=True)
class Turn:
    """What wrk said of one turn."""

    per_second: float
    p50: str
    p99: str
    wrong: str  # answers that were not 2xx, and connections that broke; empty when all went well


def over_http(body: bytes, effort: Effort) -> None:
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("bench: wrk is not installed (Debian: apt-get install wrk)")
    ours_port, bare_port = free_port(), free_port()
    signoff = [sys.executable, "-c", "from cds_service.cli import main; main()"]
    with ExitStack() as stack:
        ours = stack.enter_context(
            running("signoff serve", [*signoff, "serve", "--host", "127.0.0.1", "--port", str(ours_port)], ours_port)
        )
        answered = requests.post(ours + ROUTE, data=body, headers={"Content-Type": "application/json"}, timeout=30)
        if answered.status_code != OK:
            sys.exit(f"bench: signoff serve answered {answered.status_code}: {answered.text[:500]}")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signoff-bench-")))
        file, given = folder / "request.json", folder / "answer.json"
        file.write_bytes(body)
        given.write_bytes(answered.content)
        bare = stack.enter_context(
            running("the bare route", [sys.executable, "-m", "bench.bare", str(bare_port), str(given)], bare_port)
        )

        print(
            f"\nOver HTTP, the median of {effort.turns} × {effort.seconds} s each, taking turns; wrk on the same cores"
        )
        print(f"  {len(answered.content) / 1000:.1f} kB answered")
        print("  connections    ours/s   p50      p99        bare/s   p50      p99       ratio")
        for connections in (1, 16):
            for url in (ours, bare):
                turn(wrk, url, file, connections, seconds=1)  # warm
            pairs = [
                (turn(wrk, ours, file, connections, effort.seconds), turn(wrk, bare, file, connections, effort.seconds))
                for _ in range(effort.turns)
            ]
            print_http(connections, pairs)


def turn(wrk: str, url: str, file: Path, connections: int, seconds: int) -> Turn:
    script = str(Path(__file__).parent / "post.lua")
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, url + ROUTE, "--", str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 30)

    def find(pattern: str) -> str:
        found = re.search(pattern, said.stdout)
        return found.group(1) if found else ""

    wrong = "; ".join(filter(None, [find(r"(Non-2xx.*)"), find(r"(Socket errors.*)"), said.stderr.strip()]))
    rate = find(r"Requests/sec:\s+([\d.]+)")
    return Turn(float(rate or "nan"), find(r"50%\s+(\S+)"), find(r"99%\s+(\S+)"), wrong)


def print_http(connections: int, pairs: list[tuple[Turn, Turn]]) -> None:
    def middle(turns: list[Turn]) -> Turn:
        return sorted(turns, key=lambda turn: turn.per_second)[len(turns) // 2]

    ours, bare = middle([pair[0] for pair in pairs]), middle([pair[1] for pair in pairs])
    ratio = ours.per_second / bare.per_second
    word = "PASS" if ratio >= HTTP_TARGET else "below target"
    print(
        f"  {connections:11d}  {ours.per_second:8.0f}   {ours.p50:8} {ours.p99:8}"
        f"   {bare.per_second:8.0f}   {bare.p50:8} {bare.p99:8} {ratio:5.2f} ×    target ≥ {HTTP_TARGET:g} ×   {word}"
    )
    for who, wrong in {(who, turn.wrong) for pair in pairs for who, turn in zip(("ours", "bare"), pair, strict=True)}:
        if wrong:
            print(f"               {who}: {wrong}  (the figure above is not to be trusted)")


# --- the machine ---


def describe_machine() -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "gunicorn", "orjson"))
    print(f"machine   {cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(f"python    {platform.python_implementation()} {platform.python_version()}; {packages}")


def cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
