"""Make the archive for every other distribution: unpack it anywhere and run it."""

import os
import shutil
import subprocess
from pathlib import Path

from deb import copy_payload
from release import ROOT, Release
from share_tree import copy, write_share


def make_archive(
    payload: Path, dist: Path, work: Path, history: list[Release], moment: int
) -> Path:
    """Build the ``.tar.zst``; the same bundle and moment give the same bytes.

    Args:
        payload: the folder with the program and ``_internal``.
        dist: where the archive goes.
        work: a folder to build in; what is in it is removed.
        history: the releases up to this one, newest first.
        moment: seconds since 1970 that stand for the build.
    """
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "isoloss"
    copy_payload(payload, folder)
    write_share(folder / "share", history, moment)
    copy("install.sh", folder / "install.sh")
    (folder / "install.sh").chmod(0o755)
    copy("copyright", folder / "share/doc/isoloss/copyright")
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, folder / "share/doc/isoloss" / name)
    archive = dist / f"isoloss-{history[0].version}-linux-x86_64.tar.zst"
    archive.unlink(missing_ok=True)
    tar = [
        *("tar", "--create", f"--directory={work}", "--sort=name", f"--mtime=@{moment}"),
        *("--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "--format=gnu"),
        # a window of 128 MiB is the most that unpacking accepts without asking
        *("--use-compress-program=zstd -19 --long=27 --threads=2 --quiet", f"--file={archive}"),
        "isoloss",
    ]
    subprocess.run(tar, check=True, env={**os.environ, "LC_ALL": "C"})
    return archive
