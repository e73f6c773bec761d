"""Execute a notebook through papermill: progress by cell, a time limit for the whole, no kernel left behind."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from segkit.errors import DataError, NotYetError, ParameterError, RunError, SegkitError
from segkit.project.cells import cell_place, heading_of, is_papermills, number_of
from segkit.project.sockets import socket_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

_BACKEND: Final = "module://matplotlib_inline.backend_inline"
_REFUSALS: Final[Mapping[str, type[SegkitError]]] = {
    refusal.__name__: refusal for refusal in (DataError, NotYetError, ParameterError)
}


@dataclass(frozen=True, slots=True)
class CellProgress:
    """A cell has begun: its number from 1, how many there are, and the heading that it stands under."""

    number: int
    cells: int
    heading: str


ProgressListener = Callable[[CellProgress], None]


class CellError(RunError):
    """A cell raised an error.

    Attributes:
        cell: its number among all cells, from 1.
        heading: the heading that it stands under.
        notebook: as far as it was executed.
    """

    def __init__(self, message: str, cell: int, heading: str, notebook: NotebookNode) -> None:
        super().__init__(message)
        self.cell, self.heading, self.notebook = cell, heading, notebook


def execute(
    notebook: Path,
    output: Path,
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    time_limit: float | None = None,
    on_cell: ProgressListener | None = None,
) -> NotebookNode:
    """Run a notebook in a kernel of its own.

    Args:
        notebook: the thin notebook.
        output: where papermill writes the executed one.
        parameters: injected after the parameters cell.
        folder: the kernel's working folder; as in JupyterLab, the one that the notebook is in.
        time_limit: seconds for the whole notebook.
        on_cell: told of every cell that begins.

    Raises:
        DataError, ParameterError: the notebook refused its data or parameters.
        NotYetError: the data are not there yet, or their source is locked or down.
        CellError: a cell raised anything else.
        RunError: the kernel died, did not start, or the time was up.
    """
    # papermill and nbclient are slow to import; --help must not wait for them
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nbformat
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.engines import NBClientEngine, papermill_engines
        from papermill.exceptions import PapermillExecutionError
        from papermill.execute import execute_notebook
        from traitlets.config import Config

    deadline = time.monotonic() + time_limit if time_limit else None

    class _Engine(NBClientEngine):  # type: ignore[misc]
        """papermill's own engine, with a listener and without TCP ports to clash over."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
            started = nb_man.cell_start

            def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> Any:
                number = number_of(nb_man.nb, cell_index or 0)
                if deadline is not None and time.monotonic() > deadline:
                    raise RunError(f"The time limit of {time_limit:g} seconds was up before cell {number}.")
                if on_cell is not None and not is_papermills(cell):
                    cells = number_of(nb_man.nb, len(nb_man.nb.cells) - 1)
                    on_cell(CellProgress(number, cells, heading_of(nb_man.nb, cell_index or 0)))
                return started(cell, cell_index, **more)

            nb_man.cell_start = cell_start
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    papermill_engines.register("segkit", _Engine)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with _no_orphans(), _quiet_kernel(), socket_folder() as sockets:
        try:
            done: NotebookNode = execute_notebook(
                str(notebook),
                str(output),
                parameters=dict(parameters),
                engine_name="segkit",
                kernel_name="python3",
                progress_bar=False,
                cwd=str(folder),
                start_timeout=120,
                execution_timeout=int(time_limit) if time_limit else None,
                autosave_cell_every=0,
                # a kernel that is shut down logs that as an error, on the terminal of whoever started the run
                extra_arguments=["--IPKernelApp.log_level=50"],
                # sockets in a folder of the run's own instead of open TCP ports, which clash and can be listened to
                config=Config(
                    {
                        "KernelManager": {
                            "transport": "ipc",
                            "connection_file": str(sockets / "kernel.json"),
                            "ip": str(sockets / "kernel"),
                        }
                    }
                ),
                request_save_on_cell_execute=False,
            )
            return done
        except PapermillExecutionError as error:
            nb = nbformat.read(output, as_version=4)  # type: ignore[no-untyped-call]
            text = f"{error.evalue}".strip() or error.ename
            if error.ename in _REFUSALS:
                raise _REFUSALS[error.ename](text) from None
            position = _failed_cell(nb)
            heading = heading_of(nb, position)
            number = number_of(nb, position)
            raise CellError(
                f"{cell_place(nb, position)} failed: {error.ename}: {text}", number, heading, nb
            ) from None
        except CellTimeoutError:
            raise RunError(f"The time limit of {time_limit:g} seconds was up.") from None
        except DeadKernelError:
            raise RunError(
                "The kernel died; most often for want of memory. `engine: {memory_limit: …}` bounds it."
            ) from None
        except RuntimeError as error:
            raise RunError(f"The kernel did not start: {error}") from None


def _failed_cell(notebook: NotebookNode) -> int:
    for index, cell in enumerate(notebook.cells):
        if cell.metadata.get("papermill", {}).get("exception"):
            return index
    return 0


@contextlib.contextmanager
def _quiet_kernel() -> Iterator[None]:
    """What every kernel of a run is told: no debugger, no bytecode warnings, the same hash for every run.

    Charts are shown as Jupyter shows them, whatever the backend of who started the run.
    """
    settings = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONHASHSEED": "0", "MPLBACKEND": _BACKEND}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _no_orphans() -> Iterator[None]:
    """SIGTERM becomes an exception, so that the kernel is shut down on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise RunError("Stopped by a signal (SIGTERM).")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
