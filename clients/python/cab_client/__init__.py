"""A client of cab, the content-addressed broker. Needs the standard library alone."""

from ._artifact import Artifact
from ._client import Cab
from ._errors import CabError, JobFailed, WaitTimeout
from ._job import Job

__all__ = ["Artifact", "Cab", "CabError", "Job", "JobFailed", "WaitTimeout"]
