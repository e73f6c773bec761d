"""What can be run, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segkit.data.specfile import shown
from segkit.errors import ParameterError
from segkit.project.archive import failed_dates
from segkit.project.publishing import published_dates


@dataclass(frozen=True, slots=True)
class ListedReport:
    """One run of one report: its parameter file, the latest page's date, the latest failure's date ("" for none)."""

    report: str
    run: str
    params: str
    latest: str
    failed: str

    @property
    def state(self) -> str:
        """In words."""
        words = f"published as of {self.latest}" if self.latest else "not published yet"
        return f"{words}; failed for {self.failed}" if self.failed else words

    def as_json(self) -> dict[str, str]:
        """Return the entry for programs."""
        return {
            "report": self.report,
            "run": self.run,
            "params": self.params,
            "latest": self.latest,
            "failed": self.failed,
        }


def parameter_files(root: Path) -> list[Path]:
    """Return params/<report>/<run>.yaml for every report that has a notebook.

    Raises:
        ParameterError: the folder is no segkit project.
    """
    if not (root / "notebooks").is_dir() or not (root / "params").is_dir():
        raise ParameterError(
            f"{root}: there are no folders notebooks/ and params/ here. Change to the folder that holds them."
        )
    reports = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    return [file for report in reports for file in sorted((root / "params" / report).glob("*.yaml"))]


def listing(root: Path) -> list[ListedReport]:
    """List every run that could be made here."""
    found = []
    for file in parameter_files(root):
        folder = root / "reports" / file.parent.name / file.stem
        dates = published_dates(folder)
        failures = failed_dates(folder)
        found.append(
            ListedReport(
                report=file.parent.name,
                run=file.stem,
                params=shown(file),
                latest=dates[-1] if dates else "",
                failed=failures[-1] if failures else "",
            )
        )
    return found
