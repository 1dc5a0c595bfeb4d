"""One request and its answer, over TCP or the daemon's socket."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, Mapping
from urllib.parse import urlsplit

from ._errors import CabError


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix domain socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Answer:
    """Status, headers (names in lower case) and body of an answer, read whole."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """A connection a request, so that one client serves many threads."""

    def __init__(self, url: str, token: str | None, unix: str | None, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no http or https URL")
        self._parts = parts
        self._token = token
        self._unix = unix
        self._timeout = timeout

    @property
    def place(self) -> str:
        return f"unix:{self._unix}" if self._unix else self._parts.geturl()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        extra_seconds: float = 0,
    ) -> Answer:
        """Raises CabError for every answer of 400 and above, and if there is none."""
        sent = dict(headers or {})
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8")
            sent["Content-Type"] = "application/json"
        connection = self._open(self._timeout + extra_seconds)
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, data, sent)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, names, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise CabError(
                "daemon_unreachable",
                f"the daemon at {self.place} cannot be reached: {error}",
                "Start one with: cab serve",
            ) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise _error_of(answer, f"{method} {path}")
        return answer

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        if self._unix is not None:
            return _SocketConnection(self._unix, timeout)
        kind = (
            http.client.HTTPSConnection
            if self._parts.scheme == "https"
            else http.client.HTTPConnection
        )
        return kind(self._parts.hostname or "", self._parts.port, timeout=timeout)


def _error_of(answer: Answer, asked: str) -> CabError:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "error" not in problem:
        return CabError("answer_invalid", f"{asked}: status {answer.status}", status=answer.status)
    return CabError(
        str(problem["error"]),
        str(problem.get("message") or problem.get("detail") or problem.get("title") or asked),
        str(problem.get("hint") or ""),
        answer.status,
        problem.get("details"),
    )
