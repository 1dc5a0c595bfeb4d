"""Runs a Python callable for cab: ``python3 bridge.py MODULE CALLABLE``, in the caller's working directory.

Requests arrive on descriptor 3 and answers leave on descriptor 4, one JSON object a line (warm-protocol.ts
describes them). So the runner keeps standard output for itself. The process serves one request at a time. It ends
when descriptor 3 ends, which also shows it that cab was killed. Longer than other files, because Python starts it as one.
"""

import asyncio
import faulthandler
import importlib
import importlib.util
import inspect
import json
import os
import pathlib
import queue
import signal
import sys
import threading
import time
import traceback

PATHS = ("features_path", "out_root", "db_path")
KILL_GRACE_S = 5


class Refusal(Exception):
    """A failure that another attempt cannot solve."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def main():
    module_name, callable_name = sys.argv[1:3]
    # As with `python -m`: imports search the working directory first, not the directory of this file.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [os.getcwd()] + [entry for entry in sys.path if os.path.abspath(entry) != here]
    sys.argv[:] = [callable_name]
    faulthandler.enable()
    answers = open(4, "w", encoding="utf-8")
    for request in requests():
        json.dump(serve(request, module_name, callable_name), answers)
        answers.write("\n")
        answers.flush()


def requests():
    """Yields requests until descriptor 3 ends. If it ends during a request, ends the process group."""
    for descriptor in (3, 4):
        os.set_inheritable(descriptor, False)
    inbox = queue.Queue()
    busy = threading.Event()
    threading.Thread(target=receive, args=(inbox, busy), daemon=True).start()
    while True:
        line = inbox.get()
        if line is None:
            return
        busy.set()
        yield json.loads(line)
        busy.clear()


def receive(inbox, busy):
    with open(3, "r", encoding="utf-8") as lines:
        for line in lines:
            inbox.put(line)
    inbox.put(None)
    if busy.is_set():
        os.killpg(0, signal.SIGTERM)
        time.sleep(KILL_GRACE_S)
        os.killpg(0, signal.SIGKILL)


def serve(request, module_name, callable_name):
    try:
        function = load(module_name, callable_name)
        if request["type"] == "load":
            value = describe(module_name, function, request.get("call"))
        else:
            refuse_undeclared(function, request.get("declared") or {})
            value = answer_of(call(function, request["arguments"], request["runner_kwargs"]))
        return {"type": "result", "value": value}
    except Refusal as refusal:
        return failed(refusal.code, str(refusal), refusal.__cause__)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        return {**failed("runner_failed", f"called sys.exit({error.code!r})", error), "exit_code": code}
    except BaseException as error:
        return failed("runner_failed", f"{type(error).__name__}: {error}", error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def load(module_name, callable_name):
    try:
        found = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name is not None and (module_name + ".").startswith(error.name + ".")
        code = "runner_not_found" if missing else "runner_invalid"
        raise Refusal(code, f"cannot import {module_name}: {error}") from error
    except Exception as error:
        raise Refusal(
            "runner_invalid", f"cannot import {module_name}: {type(error).__name__}: {error}"
        ) from error
    for name in callable_name.split("."):
        if not hasattr(found, name):
            raise Refusal("runner_invalid", f"{module_name} has no {callable_name}")
        found = getattr(found, name)
    if not callable(found):
        raise Refusal("runner_invalid", f"{module_name}:{callable_name} is not callable")
    return found


def describe(module_name, function, call):
    """Gives the file of the code, its version, and what the callable declares.

    If a call is given, the database is that of the call. Otherwise it is "asked" if the callable declares one.
    """
    module = sys.modules[module_name]
    file = getattr(module, "__file__", None)
    version = getattr(module, "__version__", None) or distribution_version(module_name.split(".")[0])
    return {
        "file": file,
        "version": version if isinstance(version, str) else None,
        "is_linked": file is not None and not is_installed(file) and not hasattr(module, "__version__"),
        "input_format": getattr(function, "input_format", None),
        "database": database_of(function, call),
    }


def is_installed(file):
    import sysconfig

    places = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")}
    parts = pathlib.PurePath(file).parts
    return (
        "site-packages" in parts
        or "dist-packages" in parts
        or any(place is not None and file.startswith(place + os.sep) for place in places)
    )


def database_of(function, call):
    declared = getattr(function, "database", None)
    if call is None or declared is None:
        return None if declared is None else "asked"
    path = finish_database(declared, call) if callable(declared) else declared
    if path is None:
        return None
    if not isinstance(path, (str, os.PathLike)):
        raise Refusal("runner_invalid", f"database: expected a path, got {type(path).__name__}")
    return os.path.abspath(os.fsdecode(path))


def finish_database(declared, call):
    runner_kwargs = call.pop("runner_kwargs")
    given = {
        name: pathlib.Path(value) if name in PATHS and value is not None else value
        for name, value in {**call, **runner_kwargs}.items()
    }
    signature = inspect.signature(declared)
    if not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        given = {name: value for name, value in given.items() if name in signature.parameters}
    return declared(**given)


def refuse_undeclared(function, declared):
    """Refuses attributes that were not read in the source: the key was made from the source, and would be wrong."""
    name = getattr(function, "__name__", "run")
    actual = getattr(function, "input_format", None)
    if actual != declared.get("input_format"):
        raise Refusal(
            "runner_invalid",
            f"its input_format is {actual!r}, which its source does not say plainly: "
            f'write {name}.input_format = "bytes" on a line of its own',
        )
    if getattr(function, "database", None) is not None and declared.get("database") is None:
        raise Refusal(
            "runner_invalid",
            f"its database is not set plainly in its source: write {name}.database = … on a line of its own",
        )


def distribution_version(name):
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def call(function, contract, runner_kwargs):
    """Calls with the contract's arguments and every member of runner_kwargs beside them.

    An argument of the contract is optional: it is left out if the callable has no parameter for it. A member of
    runner_kwargs was requested by name, so it is an error if the callable has no parameter for it.
    """
    given = {
        name: pathlib.Path(value) if name in PATHS and value is not None else value
        for name, value in contract.items()
    }
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return finish(function(**given, **runner_kwargs))
    takes = {
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    if not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        given = {name: value for name, value in given.items() if name in takes}
    arguments = {**given, **runner_kwargs}
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise Refusal("invalid_request", f"runner_kwargs do not fit: {error}") from error
    return finish(function(**arguments))


def finish(answer):
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer


def answer_of(answer):
    """Accepts a mapping, a pair, an object with these attributes, or only a path, for the artifact."""
    if isinstance(answer, (str, os.PathLike)):
        artifact, manifest = answer, None
    elif isinstance(answer, dict):
        artifact, manifest = answer.get("artifact"), answer.get("manifest")
    elif isinstance(answer, (tuple, list)) and len(answer) == 2:
        artifact, manifest = answer
    elif hasattr(answer, "artifact"):
        artifact, manifest = answer.artifact, getattr(answer, "manifest", None)
    else:
        raise Refusal(
            "runner_result_invalid",
            f"expected {{'artifact': path, 'manifest': path}}, got {type(answer).__name__}",
        )
    return {"artifact": absolute("artifact", artifact), "manifest": absolute("manifest", manifest)}


def absolute(field, path):
    if path is None and field == "manifest":
        return None
    if not isinstance(path, (str, os.PathLike)):
        raise Refusal("runner_result_invalid", f"{field}: expected a path, got {type(path).__name__}")
    return os.path.abspath(os.fsdecode(path))


def failed(code, message, error):
    answer = {"type": "failed", "code": code, "message": message}
    if error is not None:
        answer["exception"] = type(error).__name__
        answer["stack"] = "".join(
            traceback.format_exception(type(error), error, error.__traceback__)
        )
    return answer


if __name__ == "__main__":
    main()
