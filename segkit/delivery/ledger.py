"""The ledger of messages: sent, skipped on purpose, failed; with the reason, and never twice.

A message is written down before it is sent. Whoever finds one that was begun and not ended knows that its sender died, and
does not send it again: it may have arrived.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from segkit.project.history import utc_text
from segkit.project.state_file import FAR, StateFile

MessageState = Literal["sending", "sent", "skipped", "failed"]
MOST_TRIES: Final = 5

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS since (moment TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    kind TEXT NOT NULL, subject TEXT NOT NULL, recipient TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, tries INTEGER NOT NULL, time TEXT NOT NULL,
    PRIMARY KEY (kind, subject, recipient)
);
"""
_COLUMNS: Final = "kind, subject, recipient, state, reason, tries, time"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One message to one recipient.

    Attributes:
        kind: page, failure, recovery or late; or upload, of a page to another place.
        subject: what it is about: run, part and date, or the job.
        recipient: the address without its secrets.
        state: what came of it.
        reason: why it was skipped or failed.
        tries: so far.
        time: of the last change, in UTC.
    """

    kind: str
    subject: str
    recipient: str
    state: MessageState
    reason: str
    tries: int
    time: str

    def sentence(self) -> str:
        """Write the line as a sentence for people."""
        return f"{self.time}  {self.kind}  {self.subject}  to {self.recipient}: {self.state}" + (
            f" ({self.reason})" if self.reason else ""
        )


class Ledger(StateFile):
    """The messages of one project."""

    def __init__(self, reports: Path, now: dt.datetime) -> None:
        super().__init__(reports, "messages", _TABLES)
        with self.alone():
            if self._ask("SELECT moment FROM since").fetchone() is None:
                self._ask("INSERT INTO since VALUES (?)", (utc_text(now),))
            # begun by a clock that was far ahead and has been set right
            self._ask("UPDATE since SET moment = ? WHERE moment > ?", (utc_text(now), utc_text(now + FAR)))

    @property
    def since(self) -> dt.datetime:
        """When the ledger began: of what ended before, nobody is told."""
        (found,) = self._ask("SELECT min(moment) FROM since").fetchone()
        return dt.datetime.fromisoformat(found)

    def begin(self, kind: str, subject: str, recipient: str, now: dt.datetime, *, until_done: bool = False) -> bool:
        """Write down that a message is being sent; False where it was sent, skipped, or tried often enough.

        What may be done twice, as an upload, is begun `until_done`, also where whoever began it died.
        """
        with self.alone():
            found = self._ask(
                "SELECT state, tries FROM messages WHERE kind = ? AND subject = ? AND recipient = ?",
                (kind, subject, recipient),
            ).fetchone()
            if found is not None and until_done and found[0] == "sent":
                return False
            if found is not None and not until_done and (found[0] != "failed" or found[1] >= MOST_TRIES):
                return False
            self._write(
                LedgerLine(kind, subject, recipient, "sending", "", (found[1] if found else 0) + 1, utc_text(now))
            )
        return True

    def end(self, kind: str, subject: str, recipient: str, reason: str, now: dt.datetime) -> None:
        """Write down what came of it: sent, or failed for a reason."""
        self._ask(
            "UPDATE messages SET state = ?, reason = ?, time = ? WHERE kind = ? AND subject = ? AND recipient = ?",
            ("failed" if reason else "sent", reason, utc_text(now), kind, subject, recipient),
        )

    def skip(self, kind: str, subject: str, recipient: str, reason: str, now: dt.datetime) -> None:
        """Write down that a message was not sent on purpose."""
        with self.alone():
            self._ask(
                f"INSERT OR IGNORE INTO messages ({_COLUMNS}) VALUES (?, ?, ?, 'skipped', ?, 0, ?)",
                (kind, subject, recipient, reason, utc_text(now)),
            )

    def lines(self) -> list[LedgerLine]:
        """Return all messages, oldest first."""
        rows = self._ask(f"SELECT {_COLUMNS} FROM messages ORDER BY time, kind, subject, recipient")
        return [LedgerLine(*row) for row in rows]

    def _write(self, line: LedgerLine) -> None:
        values = (line.kind, line.subject, line.recipient, line.state, line.reason, line.tries, line.time)
        self._ask(f"INSERT OR REPLACE INTO messages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
