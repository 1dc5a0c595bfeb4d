from __future__ import annotations

import json
from typing import Any


class Artifact:
    """Bytes of an entry, whole and checked."""

    def __init__(self, content: bytes, etag: str, content_type: str) -> None:
        self._content = content
        self.etag = etag
        """SHA-256 of the bytes, hex."""
        self.content_type = content_type

    def bytes(self) -> bytes:
        return self._content

    def text(self) -> str:
        return self._content.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self._content)

    def __len__(self) -> int:
        return len(self._content)
