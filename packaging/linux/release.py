"""The version, the moment and the history that every package of one build shares."""

import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^## \[?(?P<name>[^\]\s]+)\]?(?: - (?P<date>\d{4}-\d\d-\d\d))?\s*$")


@dataclass(frozen=True)
class Release:
    """One version of the changelog: its day, and what is new, a sentence or two each."""

    version: str
    date: datetime
    changes: tuple[str, ...]


def version() -> str:
    """As pyproject.toml has it."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(document["project"]["version"])


def debian_version(version: str) -> str:
    """With Debian's sign for "before": 1.0rc1 becomes 1.0~rc1-1, which sorts below 1.0-1."""
    return re.sub(r"\.?(a|b|rc|dev)(\d+)", r"~\1\2", version) + "-1"


def moment() -> int:
    """Seconds since 1970 that stand for the build: SOURCE_DATE_EPOCH, else the last commit's.

    Without git it is the day of the changelog, so that two builds of one source agree.
    """
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(epoch)
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(git, capture_output=True, text=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return int((ROOT / "CHANGELOG.md").stat().st_mtime)


def releases(changelog: str, version: str, built: datetime) -> list[Release]:
    """The sections of a changelog up to `version`, newest first.

    "Unreleased" counts as `version`, unless that has a section of its own already.
    """
    sections: list[tuple[str, str | None, list[str]]] = []
    for line in changelog.splitlines():
        if found := SECTION.match(line):
            sections.append((found["name"], found["date"], []))
        elif sections:
            sections[-1][2].append(line)
    named = [name for name, _, _ in sections]
    history = []
    for name, date, lines in sections:
        is_coming = name.lower() == "unreleased"
        if is_coming and version in named:
            continue
        day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC) if date else built
        history.append(Release(version if is_coming else name, day, tuple(_items(lines))))
    if version not in [release.version for release in history]:
        raise SystemExit(f"CHANGELOG.md has no section {version} and none called Unreleased")
    return history


def history() -> list[Release]:
    """What CHANGELOG.md tells of this version and those before."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return releases(text, version(), datetime.fromtimestamp(moment(), UTC))


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:].strip())
        elif line.startswith("  ") and items:
            items[-1] += " " + line.strip()
    return items
