"""What can go wrong, told apart by code and never by text."""

from __future__ import annotations

from typing import Any, Mapping


class CabError(Exception):
    """A failure that the daemon tells, or that keeps it out of reach (`daemon_unreachable`)."""

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        status: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{message} [{code}]" + (f"\n{hint}" if hint else ""))
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status
        """The HTTP status; None if there was no answer."""
        self.details = dict(details or {})


class JobFailed(CabError):
    """A job that ended in an error, or was canceled. `job` is its document."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        problem = job.get("problem") or {}
        super().__init__(
            problem.get("code", str(job["status"])),
            job.get("error") or f"job {job['job_id']} was {job['status']}",
            problem.get("hint", ""),
            details=problem.get("details"),
        )
        self.job = dict(job)


class WaitTimeout(CabError):
    """The job goes on; the time to wait for it is over."""

    def __init__(self, job_id: str, seconds: float) -> None:
        super().__init__("wait_timeout", f"job {job_id} has not ended after {seconds:g} s")
        self.job_id = job_id
