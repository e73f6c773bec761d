"""The kernel of a run: this interpreter, and never longer alive than the run; how it died, in words."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
from typing import Any, Final

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

_SET_PARENT_DEATH_SIGNAL: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_DEATHS: Final = {
    signal.SIGKILL: "The kernel was killed (SIGKILL), most often because the machine ran out of memory. "
    "`engine: {memory_limit: …}` in the dataset file bounds what the engine takes.",
    signal.SIGXCPU: "The kernel was killed (SIGXCPU): its time on the processor was up.",
    signal.SIGTERM: "The kernel was ended from outside (SIGTERM).",
}


class RunKernelManager(AsyncKernelManager):
    """Manager that starts the kernel with the interpreter of the run, whatever kernels are installed, and ties it to
    the run.
    """

    _last: RunKernelManager | None = None
    memory_limit: int = 0
    """Bytes that the kernel may take; 0 for what the machine has."""
    process: Any = None

    @property
    def kernel_spec(self) -> KernelSpec:
        """ipykernel in this interpreter."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        RunKernelManager._last = self
        if threading.current_thread() is threading.main_thread():  # the signal comes when the thread ends
            kw["preexec_fn"] = _die_with(os.getpid(), RunKernelManager.memory_limit)
        try:
            await super()._async_launch_kernel(kernel_cmd, **kw)
        finally:
            self.process = getattr(self.provisioner, "process", None)

    @classmethod
    def end_last(cls) -> None:
        """Stop the kernel that was started last in this process, and all that it started, at once."""
        process = cls._last.process if cls._last is not None else None
        if process is None:
            return
        # the kernel leads a session of its own: its process group has its id
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)

    @classmethod
    def last_death(cls) -> str:
        """Say how that kernel ended, in a sentence."""
        process = cls._last.process if cls._last is not None else None
        code = process.poll() if process is not None else None
        if code is None or code == 0:
            return "A cell ended the kernel, without an error. Remove what ends the process, such as exit()."
        if code > 0:
            return f"A cell ended the kernel with exit code {code}. Remove what ends the process, such as os._exit()."
        with contextlib.suppress(ValueError):
            found = signal.Signals(-code)
            return _DEATHS.get(found, f"The kernel crashed ({found.name}), in code that is not Python.")
        return f"The kernel was ended by the signal {-code}."


def _die_with(parent: int, memory_limit: int) -> Any:
    def prepare() -> None:
        if memory_limit:  # of what is written to, so that what is only mapped, such as libraries, does not count
            resource.setrlimit(resource.RLIMIT_DATA, (memory_limit, memory_limit))
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return prepare
