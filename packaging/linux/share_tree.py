"""Write what a desktop wants to know of Isoloss below a folder called share."""

import shutil
from pathlib import Path

from hicolor import draw_icons
from man_page import man_page
from release import ROOT, Release

HERE = Path(__file__).resolve().parent
APP_ID = "org.isoloss.isoloss"
MIME_TYPE = "application/vnd.isoloss.plan+json"


def write_share(share: Path, history: list[Release], moment: int) -> None:
    """Desktop entry, icons, MIME type, AppStream data and man page.

    Args:
        share: the folder; it is made.
        history: the releases up to this one, newest first.
        moment: seconds since 1970 that stand for the build.
    """
    copy("isoloss.desktop", share / "applications" / "isoloss.desktop")
    copy("isoloss-mime.xml", share / "mime" / "packages" / "isoloss.xml")
    hicolor = share / "icons" / "hicolor"
    icons = ROOT / "resources" / "icons"
    draw_icons(icons / "isoloss.svg", hicolor, "apps", "isoloss")
    draw_icons(icons / "isoloss-plan.svg", hicolor, "mimetypes", MIME_TYPE.replace("/", "-"))
    write(share / "metainfo" / f"{APP_ID}.metainfo.xml", metainfo(history))
    write(share / "man" / "man1" / "isoloss.1", man_page(history[0].version, moment))


def metainfo(history: list[Release]) -> str:
    """The AppStream file with every release."""
    template = (HERE / f"{APP_ID}.metainfo.xml.in").read_text(encoding="utf-8")
    lines = (
        f'    <release version="{release.version}" date="{release.date:%Y-%m-%d}"/>'
        for release in history
    )
    return template.replace("@RELEASES@", "\n".join(lines))


def copy(name: str, target: Path) -> None:
    """A file of this folder to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / name, target)


def write(target: Path, text: str) -> None:
    """A text to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
