"""A matrix of many small reports beside a shell loop over papermill and nbconvert: runs a minute, and a run's overhead.

    python benchmarks/matrix.py [--runs 40] [--jobs 2]

The report counts and shows a sentence, so that what is measured is all but the cells. The overhead of a run is its wall
time without that of its cells, as papermill notes it in the notebook. Seconds of the processor are told beside those of the
wall: they say the same on a machine that has other work to do, whose load is told, too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.project.project import write_project  # noqa: E402


def seconds(command: str, cwd: Path) -> tuple[float, float]:
    """Seconds of the wall and of the processor of a shell line; it has to succeed."""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    began, before = time.perf_counter(), _processor()
    subprocess.run(
        command, shell=True, cwd=cwd, check=True, capture_output=True, env=environment | {"PYTHONPATH": str(ROOT)}
    )
    return time.perf_counter() - began, _processor() - before


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def of_cells(page: Path) -> float:
    """Seconds that the cells of a published notebook took."""
    cells = json.loads((page / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum(cell["metadata"].get("papermill", {}).get("duration") or 0 for cell in cells)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    counts = ",".join(str(number) for number in range(1, asked.runs + 1))
    segkit = f"{sys.executable} -m segkit run params/tiny/one.yaml --quiet"
    loop = (
        f"for n in {counts.replace(',', ' ')}; do {sys.executable} -m papermill notebooks/tiny.ipynb out-$n.ipynb "
        f"-p count $n --no-progress-bar && {sys.executable} -m nbconvert --to html out-$n.ipynb; done"
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root)
        took = {
            f"segkit run --matrix, {asked.jobs} jobs": seconds(
                f"{segkit} --matrix count={counts} --jobs {asked.jobs}", root
            ),
            "segkit run --matrix, 1 job": seconds(f"{segkit} --matrix count={counts} --jobs 1 --force", root),
            "a loop over papermill and nbconvert": seconds(loop, root),
        }
        alone, busy = [], []
        for _ in range(5):
            wall, processor = seconds(f"{segkit} --force", root)
            alone.append(wall - of_cells(root / "reports" / "tiny" / "one" / "2024-03-31"))
            busy.append(processor)
    base, base_busy = took["a loop over papermill and nbconvert"]
    print(f"| {asked.runs} runs | seconds | runs a minute | loop ÷ this | processor, a run | loop ÷ this |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (wall, processor) in took.items():
        print(
            f"| {name} | {wall:.1f} | {asked.runs / wall * 60:.1f} | {base / wall:.2f} | {processor / asked.runs:.2f} s "
            f"| {base_busy / processor:.2f} |"
        )
    print(
        f"\noverhead of a run over its cells: {statistics.median(alone):.2f} s (median of {len(alone)}, least "
        f"{min(alone):.2f}); {statistics.median(busy):.2f} s of the processor, cells included"
    )
    print(f"load average at the end: {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
