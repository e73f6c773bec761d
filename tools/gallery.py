"""Write docs/gallery.md and its pictures from the pages that a project has published, by the Chromium of this machine.

python -m tools.gallery [PROJECT]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from segkit.project.printing import browser
from segkit.project.publishing import LATEST, REPORT, read_manifest

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
IMAGES: Final = DOCS / "images" / "gallery"
WIDTH: Final = 760
QUALITY: Final = 78
_HEAD: Final = """\
# Gallery

<!-- Written by `python -m tools.gallery` from published pages; look at what it wrote before you commit it. -->

Real pages of the data that come along, as a reader sees them first, on a screen of 1280 × 800. The same page
goes to mailboxes, chats and paper ([run reports](how-to/run-reports.md#beside-the-page)).
"""


@dataclass(frozen=True)
class Shot:
    """A picture of the gallery: its file, its heading, what stands below it, and the HTML that it shows."""

    name: str
    heading: str
    said: str
    html: str
    height: int = 800


def shots(project: Path) -> Iterator[Shot]:
    """The latest page of each run, the mail of the first of them, and the index."""
    reports = project / "reports"
    pages = [page.parent for page in sorted(reports.glob(f"*/*/{LATEST}/{REPORT}"))]
    for page in pages:
        manifest = read_manifest(page)
        report, run = str(manifest["report"]), str(manifest["run"])
        yield Shot(
            f"{report}-{run}",
            str(manifest["title"]),
            str(manifest["headline"]),
            (page / REPORT).read_text(encoding="utf-8"),
        )
    mail = next((page / "email.html" for page in pages[::-1] if (page / "email.html").is_file()), None)
    if mail is not None:
        yield Shot(
            "email", "In a mailbox", "The page in brief; a filter may take its style and its picture.", _mail(mail)
        )
    index = reports / "index.html"
    yield Shot("index", "The index", "All runs, the most important first.", index.read_text(encoding="utf-8"), 900)


def _mail(file: Path) -> str:
    """A mail with its picture, as a mailbox shows it."""
    import base64

    def picture(found: re.Match[str]) -> str:
        content = base64.b64encode((file.parent / found[1]).read_bytes()).decode()
        return f'src="data:image/png;base64,{content}"'

    return re.sub(r'src="cid:([^"]+)"', picture, file.read_text(encoding="utf-8"))


def take(shot: Shot, out: Path) -> None:
    """Write a small picture of what a screen shows first."""
    from PIL import Image

    with tempfile.TemporaryDirectory(prefix="segkit-gallery-") as folder:
        page, made = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(shot.html, encoding="utf-8")
        subprocess.run(
            [
                browser(),
                *(
                    "--headless",
                    "--disable-gpu",
                    "--no-first-run",
                    "--hide-scrollbars",
                    "--disable-background-networking",
                ),
                *(() if os.getuid() else ("--no-sandbox",)),
                *(f"--user-data-dir={folder}/profile", f"--window-size=1280,{shot.height}", f"--screenshot={made}"),
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        image = Image.open(made).convert("RGB")
        small = image.resize((WIDTH, image.height * WIDTH // image.width), Image.Resampling.LANCZOS)
        small.save(out, "WEBP", quality=QUALITY, method=6)


def main() -> None:
    """Take all pictures and write the page about them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("project", nargs="?", default=".", type=Path)
    IMAGES.mkdir(parents=True, exist_ok=True)
    parts = [_HEAD]
    for shot in shots(asked.parse_args().project):
        take(shot, IMAGES / f"{shot.name}.webp")
        size = (IMAGES / f"{shot.name}.webp").stat().st_size
        print(f"{shot.name}: {size:,} bytes")
        parts.append(f"## {shot.heading}\n\n{shot.said}\n\n![{shot.said}](images/gallery/{shot.name}.webp)\n")
    (DOCS / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
