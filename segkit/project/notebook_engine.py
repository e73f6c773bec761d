"""papermill's engine for a run: a listener for every cell, a look at the clock, and a bound to what cells show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from segkit.project.cells import heading_of, is_papermills, number_of
from segkit.project.kernel import RunKernelManager
from segkit.project.progress import CellProgress, ProgressListener

if TYPE_CHECKING:
    from segkit.project.stopping import Stopping

MOST_SHOWN: Final = 32_000_000
"""Characters that the cells of a notebook may show in all. A page of forty charts has two million."""


class Shown:
    """How much the cells have shown so far; `too_much` says so in a sentence, once it is.

    Attributes:
        under_way: the notebook and the place of the cell that began last.
    """

    def __init__(self) -> None:
        self.characters, self.too_much = 0, ""
        self.under_way: tuple[Any, int] = (None, 0)

    def add(self, content: Any, cell: int) -> bool:
        """Count a message; whether it is still bearable."""
        self.characters += len(content.get("text", "")) if "text" in content else _size(content.get("data"))
        if self.characters > MOST_SHOWN and not self.too_much:
            self.too_much = (
                f"Cell {cell} shows too much: the notebook's outputs have more than {MOST_SHOWN // 1_000_000} million "
                "characters. Print less; a page shows no printed text."
            )
        return not self.too_much


def register(stop: Stopping, on_cell: ProgressListener | None) -> Shown:
    """Make the engine `segkit` known to papermill, for one run."""
    shown = Shown()

    class _Client(PapermillNotebookClient):  # type: ignore[misc]
        def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
            if not shown.add(msg["content"], number_of(self.nb, cell_index)):
                RunKernelManager.end_last()
                return None
            return super().process_message(msg, cell, cell_index)

    class _Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
            started = nb_man.cell_start

            def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> Any:
                stop.check()
                shown.under_way = (nb_man.nb, cell_index or 0)
                if on_cell is not None and not is_papermills(cell):
                    number = number_of(nb_man.nb, cell_index or 0)
                    cells = number_of(nb_man.nb, len(nb_man.nb.cells) - 1)
                    on_cell(CellProgress(number, cells, heading_of(nb_man.nb, cell_index or 0)))
                return started(cell, cell_index, **more)

            nb_man.cell_start = cell_start
            limits = [limit for limit in (stop.time_limit, stop.cell_limit) if limit]
            _Client(
                nb_man,
                kernel_name=kernel_name,
                startup_timeout=kwargs["start_timeout"],
                # where no signal tells the deadline, outside of the main thread
                timeout=math.ceil(min(limits)) if limits else None,
                extra_arguments=kwargs["extra_arguments"],
                config=kwargs["config"],
            ).execute()

    papermill_engines.register("segkit", _Engine)
    return shown


def _size(data: Any) -> int:
    return sum(len(value) for value in data.values() if isinstance(value, str)) if isinstance(data, dict) else 0
