"""Jobs run as processes of their own, several at a time: what ends one of them ends no other."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segkit.errors import FAILED
from segkit.project.stopping import Stopping
from segkit.schedule.working import TryOutcome

_LOOK = 0.3
"""Seconds between two looks at whether it is time to end."""
_LAST_LINES = 12
_GRACE = 30.0
"""Seconds that a run has to end when it is asked to."""


@dataclass(frozen=True)
class ChildRun:
    """A run to make: its parameter file, date, parameters, and the limits of it."""

    file: Path
    as_of: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    part: str = ""
    time_limit: int | None = None
    options: tuple[str, ...] = ()
    memory_limit: str = ""

    def command(self) -> list[str]:
        """Return the command line of the run."""
        given = [f"-p{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.parameters.items()]
        limit = ["--time-limit", str(self.time_limit)] if self.time_limit else []
        most = ["--memory-limit", self.memory_limit] if self.memory_limit else []
        part = ["--part", self.part] if self.part else []
        return [
            *(sys.executable, "-m", "segkit", "run", str(self.file), "--as-of", self.as_of),
            *(*given, *limit, *most, *part, *self.options, "--json"),
        ]


def run_children(
    runs: Iterable[tuple[Any, ChildRun]], *, root: Path, jobs: int, stop: Stopping
) -> Iterator[tuple[Any, TryOutcome]]:
    """Make runs, so many at a time, and tell what came of each as it ends.

    Args:
        runs: each with a key of the caller's.
        root: the project's folder.
        jobs: at one time.
        stop: says when it is time to end; then all of them are ended.

    Raises:
        RunError: it was.
    """
    living: set[subprocess.Popen[str]] = set()

    def one(run: ChildRun) -> TryOutcome:
        if stop.reason:
            return TryOutcome(FAILED, stop.reason)
        process = subprocess.Popen(
            run.command(),
            cwd=root,
            env={name: value for name, value in os.environ.items() if name != "SEGKIT_PROJECT"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C on a terminal reaches us, and we end it
        )
        living.add(process)
        said, _ = process.communicate()
        living.discard(process)
        code = process.returncode if process.returncode >= 0 else FAILED
        return TryOutcome(code, _last_word(said, process.returncode), _end_of(said) if code else "")

    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        waiting = {pool.submit(one, run): key for key, run in runs}
        while waiting:
            ended, _ = wait(waiting, timeout=_LOOK, return_when=FIRST_COMPLETED)
            stop.check()
            for future in ended:
                yield waiting.pop(future), future.result()
    finally:
        for process in living.copy():
            with contextlib.suppress(OSError):
                process.terminate()
        for process in living.copy():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_GRACE)
                continue
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _end_of(said: str) -> str:
    """Return the last lines that a run said, as a person reads them."""
    told = []
    for line in said.splitlines()[-_LAST_LINES:]:
        try:
            found = json.loads(line)
        except ValueError:
            told.append(line[:300])
            continue
        if isinstance(found, dict) and found.get("status") == "cell":
            told.append(f"cell {found.get('cell')} of {found.get('cells')}: {found.get('heading')}")
        elif isinstance(found, dict):
            told.append(f"{found.get('status')}: {found.get('error') or found.get('headline') or ''}".rstrip(": "))
    return "\n".join(told)


def _last_word(said: str, code: int) -> str:
    """Return the sentence that a run ended with."""
    for line in reversed(said.splitlines()):
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict) and found.get("status") != "cell":
                return str(found.get("message") or found.get("headline") or found.get("page") or found["status"])
    return f"The run ended without a word (exit code {code})."
