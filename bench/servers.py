"""Servers on loopback that are started, waited for, and always stopped."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

STARTS_WITHIN = 30.0
STOPS_WITHIN = 15.0
OK = 200


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(name: str, command: list[str], port: int) -> Iterator[str]:
    """Run a server in an empty folder, without anybody's settings; yields its URL once /healthz answers."""
    url = f"http://127.0.0.1:{port}"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SIGNOFF_")}
    clean["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    with tempfile.TemporaryDirectory(prefix="signoff-bench-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            server = subprocess.Popen(
                command, cwd=folder, env=clean, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        try:
            wait_for(name, server, url, log)
            yield url
        finally:
            stop(server)


def wait_for(name: str, server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline and server.poll() is None:
            try:
                if session.get(f"{url}/healthz", timeout=1).status_code == OK:
                    return
            except requests.RequestException:
                time.sleep(0.1)
    sys.exit(f"bench: {name} did not start within {STARTS_WITHIN:.0f} s:\n{log.read_text(errors='replace')[-3000:]}")


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)  # its workers too: it leads a session of its own
        server.wait()
