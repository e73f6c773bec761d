"""Notebooks executed through papermill: progress by cell, an end when it is time, no kernel left behind."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segkit.data.opened import RECORD
from segkit.errors import DataError, NotYetError, ParameterError, RunError, SegkitError
from segkit.project.cells import cell_place, heading_of, number_of
from segkit.project.progress import ProgressListener
from segkit.project.sockets import socket_folder
from segkit.project.stopping import Stopping

if TYPE_CHECKING:
    from nbformat import NotebookNode

_BACKEND: Final = "module://matplotlib_inline.backend_inline"
_REFUSALS: Final[Mapping[str, type[SegkitError]]] = {
    refusal.__name__: refusal for refusal in (DataError, NotYetError, ParameterError)
}

# Expressions are trees of many small objects that live long; looking for cycles in them every 700 objects took a tenth of
# a run.
_RARE_COLLECTIONS: Final = "__import__('gc').set_threshold(100_000, 50, 100)"

_OF_MEMORY: Final = frozenset({"MemoryError", "ArrowMemoryError", "_ArrayMemoryError"})


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
    stop: Stopping,
    on_cell: ProgressListener | None = None,
    record: Path | None = None,
    memory_limit: int = 0,
) -> NotebookNode:
    """Run a notebook in a kernel of its own.

    Args:
        notebook: the thin notebook.
        output: where papermill writes the executed one.
        parameters: injected after the parameters cell.
        folder: the kernel's working folder; as in JupyterLab, the one that the notebook is in.
        stop: says when it is time to end.
        on_cell: told of every cell that begins.
        record: where the kernel notes which data it opened.
        memory_limit: bytes that the kernel may take; 0 for what the machine has.

    Raises:
        DataError, ParameterError: the notebook refused its data or parameters.
        NotYetError: the data are not there yet, or their source is locked or down.
        CellError: a cell raised anything else.
        RunError: the kernel died, did not start, showed too much, or the time was up.
    """
    # papermill and nbclient are slow to import; --help must not wait for them
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nbformat
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError
        from papermill.execute import execute_notebook
        from traitlets.config import Config

        from segkit.project.kernel import RunKernelManager
        from segkit.project.notebook_engine import register

    shown = register(stop, on_cell)
    RunKernelManager.memory_limit = memory_limit
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with _kernel_settings(record), socket_folder() as sockets:
        try:
            done: NotebookNode = execute_notebook(
                str(notebook),
                str(output),
                parameters=dict(parameters),
                engine_name="segkit",
                kernel_name="python3",
                language="python",
                progress_bar=False,
                cwd=str(folder),
                start_timeout=120,
                autosave_cell_every=0,
                # a kernel that is shut down logs that as an error, on the terminal of whoever started the run
                extra_arguments=["--IPKernelApp.log_level=50", f"--IPKernelApp.exec_lines={_RARE_COLLECTIONS}"],
                # sockets in a folder of the run's own instead of open TCP ports, which clash and can be listened to
                config=Config(
                    {
                        "NotebookClient": {"kernel_manager_class": "segkit.project.kernel.RunKernelManager"},
                        "KernelManager": {
                            "transport": "ipc",
                            "connection_file": str(sockets / "kernel.json"),
                            "ip": str(sockets / "kernel"),
                        },
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
            bound = ""
            if memory_limit and (error.ename in _OF_MEMORY or "OutOfMemory" in text or "bad_alloc" in text):
                bound = f" The run may take {memory_limit / 10**9:.3g} GB (--memory-limit)."
            raise CellError(
                f"{cell_place(nb, position)} failed: {error.ename}: {text}{bound}", number, heading, nb
            ) from None
        except CellTimeoutError:
            stop.check()
            if stop.cell_limit is None or (stop.time_limit is not None and stop.time_limit <= stop.cell_limit):
                raise RunError(f"The time limit of {stop.time_limit or 0:g} seconds was up.") from None
            nb, position = shown.under_way
            raise CellError(
                f"{cell_place(nb, position)} took longer than the {stop.cell_limit:g} seconds that a cell may take "
                "(--cell-limit).",
                number_of(nb, position),
                heading_of(nb, position),
                nb,
            ) from None
        except DeadKernelError:
            raise RunError(shown.too_much or RunKernelManager.last_death()) from None
        except RuntimeError as error:
            raise RunError(f"The kernel did not start: {error}") from None
        finally:
            RunKernelManager.end_last()


def _failed_cell(notebook: NotebookNode) -> int:
    for index, cell in enumerate(notebook.cells):
        if cell.metadata.get("papermill", {}).get("exception"):
            return index
    return 0


@contextlib.contextmanager
def _kernel_settings(record: Path | None) -> Iterator[None]:
    """Set what every kernel of a run gets: no debugger, no bytecode warnings, the same hash for every run.

    Charts are shown as Jupyter shows them, whatever the backend of who started the run.
    """
    settings = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONHASHSEED": "0", "MPLBACKEND": _BACKEND}
    if record is not None:
        settings[RECORD] = str(record)
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
