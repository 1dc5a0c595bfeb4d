from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ._artifact import Artifact

if TYPE_CHECKING:
    from ._client import Cab


class Job:
    """A job as it stood when it was asked for; `document` is all that the daemon said of it."""

    def __init__(self, cab: "Cab", document: Mapping[str, Any]) -> None:
        self._cab = cab
        self.document = dict(document)

    @property
    def id(self) -> str:
        return str(self.document["job_id"])

    @property
    def status(self) -> str:
        """`pending`, `running`, `done`, `error` or `canceled`."""
        return str(self.document["status"])

    @property
    def has_ended(self) -> bool:
        return self.status in ("done", "error", "canceled")

    @property
    def cached(self) -> bool:
        """Nothing was run: the result stood already."""
        return bool(self.document["cached"])

    @property
    def key(self) -> tuple[str, str]:
        """config_hash and source_hash of its entry."""
        return str(self.document["config_hash"]), str(self.document["source_hash"])

    def artifact(self, name: str | None = None) -> Artifact:
        """Its artifact, or another file of its entry. Raises CabError."""
        return self._cab.get(*self.key, name=name)

    def manifest(self) -> dict[str, Any]:
        return self._cab.manifest(*self.key)

    def log(self) -> str:
        return self._cab.log(self.id)

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.status}{' (hit)' if self.cached else ''}>"
