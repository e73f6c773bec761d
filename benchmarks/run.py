"""A whole `segkit run` beside papermill plus nbconvert, in one run: seconds and ratios, and how soon help answers.

    python benchmarks/run.py [--rounds 3]

Every figure is the median of whole commands, started one after the other in turn, so that a machine that changes its
speed changes it for all.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]

CHARTS = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
rng = np.random.default_rng(1)
frame = pd.DataFrame({"segment": rng.choice(list("abcdef"), 2_000), "value": rng.gamma(2, 50, 2_000)})
for number in range(6):
    plt.figure()
    sns.barplot(frame, x="segment", y="value")
    plt.title(str(number))
    plt.show()
"""


def notebook(path: Path, *sources: str) -> Path:
    """A notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


def seconds(command: str, cwd: Path) -> float:
    """Wall time of a shell line; it has to succeed."""
    began = time.perf_counter()
    subprocess.run(
        command, shell=True, cwd=cwd, check=True, capture_output=True, env={**os.environ, "MPLBACKEND": ""}
    )
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        empty = notebook(work / "empty.ipynb", "1 + 1")
        charts = notebook(work / "charts.ipynb", CHARTS)
        python = sys.executable
        both = (
            "{python} -m papermill {nb} {out} --no-progress-bar && {python} -m nbconvert --to html --no-input {out}"
        )
        commands = {
            "segkit run, grocery": f"{python} -m segkit run params/weekly_segments/grocery.yaml --force",
            "segkit run, telecom": f"{python} -m segkit run params/weekly_segments/telecom.yaml --force",
            "papermill + nbconvert, empty notebook": both.format(python=python, nb=empty, out=work / "a.ipynb"),
            "papermill + nbconvert, six charts": both.format(python=python, nb=charts, out=work / "b.ipynb"),
            "segkit --help": f"{python} -m segkit --help",
            "segkit run with a misspelled parameter": (
                f"{python} -m segkit run params/weekly_segments/grocery.yaml -p perod=day; test $? -eq 2"
            ),
        }
        seconds(commands["segkit run, telecom"], ROOT)  # makes the simulated data on first use
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(seconds(command, ROOT))
    median = {name: statistics.median(times) for name, times in taken.items()}
    base = median["papermill + nbconvert, six charts"]
    print(f"{'command':<42}{'seconds':>9}{'÷ six charts':>14}")
    for name, value in median.items():
        print(f"{name:<42}{value:>9.2f}{value / base:>14.2f}")


if __name__ == "__main__":
    main()
