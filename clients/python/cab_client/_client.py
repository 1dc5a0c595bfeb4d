"""The client: jobs in, checked artifacts out."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from urllib.parse import quote

from ._artifact import Artifact
from ._connection import Answer, Connection
from ._errors import CabError, JobFailed, WaitTimeout
from ._job import Job

_ROUND = 30
"""Seconds that one request waits for the end of a job; the daemon allows 60."""


class Cab:
    """A daemon of cab.

    url      where it listens
    token    if it asks for one
    unix     its socket, `<root>/.cab/daemon.sock`, in place of the address
    timeout  seconds that an answer may take, beyond what the daemon was asked to wait
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8099",
        *,
        token: str | None = None,
        unix: str | None = None,
        timeout: float = 30,
    ) -> None:
        self._connection = Connection(url, token, unix, timeout)

    def submit(
        self,
        features_path: str | None = None,
        *,
        features: Any = None,
        text: str | None = None,
        content: bytes | None = None,
        **fields: Any,
    ) -> Job:
        """Hands a job in, and gives it as it was accepted; a hit has ended.

        One input: a path that the daemon reads, `features` (any JSON), `text`, or `content` (bytes). `fields` are those
        of `POST /echo/jobs`: track_id, db_path, probe, runner_kwargs, priority, timeout_s, max_attempts, force, …
        Raises CabError for what can never succeed.
        """
        return Job(self, self._submitted(features_path, features, text, content, fields))

    def run(self, features_path: str | None = None, *, wait_s: float | None = None, **job: Any) -> Job:
        """As `submit`, and waits for the end. Raises JobFailed, WaitTimeout."""
        accepted = self.submit(features_path, **job)
        ended = accepted if accepted.has_ended else self.wait(accepted.id, wait_s)
        if ended.status != "done":
            raise JobFailed(ended.document)
        return ended

    def job(self, job_id: str) -> Job:
        return Job(self, self._connection.ask("GET", _job_path(job_id)).json())

    def wait(self, job_id: str, wait_s: float | None = None) -> Job:
        """The job once it has ended, however it ended. Raises WaitTimeout after `wait_s` seconds."""
        end = None if wait_s is None else time.monotonic() + wait_s
        while True:
            left = _ROUND if end is None else max(0.0, min(_ROUND, end - time.monotonic()))
            asked = f"{_job_path(job_id)}?wait={left:.3f}"
            job = Job(self, self._connection.ask("GET", asked, extra_seconds=left).json())
            if job.has_ended:
                return job
            if end is not None and time.monotonic() >= end:
                raise WaitTimeout(job_id, wait_s or 0)

    def cancel(self, job_id: str) -> Job:
        return Job(self, self._connection.ask("DELETE", _job_path(job_id)).json())

    def log(self, job_id: str) -> str:
        """What the runner wrote."""
        return self._connection.ask("GET", f"{_job_path(job_id)}/log").body.decode("utf-8", "replace")

    def latest(self, track_id: str, *, etag: str | None = None) -> Artifact | None:
        """The latest artifact of a track; None if it still has this etag. Raises CabError (`not_found`)."""
        pointer = self.pointer(track_id)
        if etag is not None and pointer["etag"] == etag:
            return None
        return self._artifact(str(pointer["artifact"]))

    def pointer(self, track_id: str) -> dict[str, Any]:
        """Where the latest result of a track stands."""
        answer: dict[str, Any] = self._connection.ask("GET", f"/echo/index/{quote(track_id, safe='')}.json").json()
        return answer

    def get(
        self, config_hash: str, source_hash: str, *, name: str | None = None
    ) -> Artifact:
        """A file of an entry; its artifact if none is named. Raises CabError."""
        wanted = name if name is not None else _artifact_name(self.manifest(config_hash, source_hash))
        return self._artifact(f"{_entry_path(config_hash, source_hash)}/{quote(wanted)}")

    def manifest(self, config_hash: str, source_hash: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._connection.ask("GET", _entry_path(config_hash, source_hash)).json()
        return answer

    def is_healthy(self) -> bool:
        try:
            return self._connection.ask("GET", "/healthz").status == 200
        except CabError:
            return False

    def _artifact(self, path: str) -> Artifact:
        return _checked(self._connection.ask("GET", path), path)

    def _submitted(
        self, path: str | None, features: Any, text: str | None, content: bytes | None, fields: dict[str, Any]
    ) -> dict[str, Any]:
        given = {
            "features_path": path,
            "features": features,
            "features_text": text,
            "features_base64": None if content is None else base64.b64encode(content).decode("ascii"),
        }
        inputs = {name: value for name, value in given.items() if value is not None}
        if len(inputs) != 1:
            raise ValueError("name one input: a path, features, text or content")
        headers = {"Prefer": "handling=strict"}
        answer: dict[str, Any] = self._connection.ask("POST", "/echo/jobs", {**fields, **inputs}, headers).json()
        return answer


def _job_path(job_id: str) -> str:
    return f"/echo/jobs/{quote(job_id, safe='')}"


def _entry_path(config_hash: str, source_hash: str) -> str:
    return f"/echo/{quote(config_hash, safe='')}/{quote(source_hash, safe='')}"


def _checked(answer: Answer, path: str) -> Artifact:
    """The daemon checks what it sends; a proxy on the way may not."""
    etag = answer.headers.get("etag", "").strip('"')
    digest = hashlib.sha256(answer.body).hexdigest()
    if digest != etag:
        raise CabError(
            "hash_mismatch",
            f"{path}: the bytes that arrived do not match their digest",
            details={"expected": etag, "actual": digest},
        )
    return Artifact(answer.body, etag, answer.headers.get("content-type", "application/octet-stream"))


def _artifact_name(manifest: dict[str, Any]) -> str:
    """Manifests of other programs may give a whole path."""
    return str(manifest["artifact"]["path"]).rsplit("/", 1)[-1]
