"""Where a dataset file is, and where its relative paths start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from segkit.data.specfile import suggestion
from segkit.errors import ParameterError

PROJECT: Final = "SEGKIT_PROJECT"
"""The environment variable that names the project's folder, for whoever starts a notebook from another one."""

COMPANY: Final = Path("params") / "project.yaml"
"""From a project's folder: what is the company's and not a run's."""


def find_dataset(dataset: str | Path, start: Path | None = None) -> Path:
    """Find the dataset file of a name, `params/datasets/<name>.yaml` here or in a folder above; or of a path.

    Where neither has it, the project that SEGKIT_PROJECT names is looked at: papermill and Airflow run notebooks in
    folders of their own.

    Raises:
        ParameterError: there is no such file.
    """
    here = (start or Path.cwd()).resolve()
    path = Path(dataset)
    if path.suffix in (".yaml", ".yml"):
        return path if path.is_absolute() else here / path
    above = [here, *here.parents]
    if start is None and os.environ.get(PROJECT):
        above.append(Path(os.environ[PROJECT]).resolve())
    folders = [folder / "params" / "datasets" for folder in above]
    for folder in folders:
        if (folder / f"{dataset}.yaml").is_file():
            return folder / f"{dataset}.yaml"
    there = sorted(file.stem for folder in folders for file in folder.glob("*.yaml"))
    raise ParameterError(
        f"dataset: no file params/datasets/{dataset}.yaml here or above.{suggestion(str(dataset), there)}"
    )


def project_root(spec_path: Path) -> Path:
    """Return the folder that a dataset file's relative paths start from, which holds params/."""
    folder = spec_path.resolve().parent
    if folder.name == "datasets" and folder.parent.name == "params":
        return folder.parent.parent
    return folder
