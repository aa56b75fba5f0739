"""A Debian without Python, unpacked below a folder, in which commands are run as anybody."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
# a person's desktop has these; what they keep up to date must come and go with the package
DESKTOP = ("desktop-file-utils", "shared-mime-info", "hicolor-icon-theme", "man-db")
PERSON = "person"
HOME = f"/home/{PERSON}"


@dataclass(frozen=True)
class CleanRoot:
    """The folder of one root."""

    path: Path

    def run(
        self, command: Sequence[str], user: str = "root", check: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the root and return what it printed."""
        done = subprocess.run(
            self.command(command, user, **environ), capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            said = f"{done.stdout}{done.stderr}".strip()
            raise SystemExit(f"in the clean root, {shlex.join(command)} failed:\n{said}")
        return done

    def start(self, command: Sequence[str], errors: Path, **environ: str) -> subprocess.Popen[str]:
        """Start a command as the person and do not wait for it."""
        with errors.open("w", encoding="utf-8") as file:
            return subprocess.Popen(
                self.command(command, PERSON, **environ), stdout=file, stderr=file, text=True
            )

    def command(self, command: Sequence[str], user: str, **environ: str) -> list[str]:
        """The words that run a command in the root; its mounts end with it."""
        home = HOME if user == PERSON else "/root"
        variables = {
            "HOME": home,
            "USER": user,
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            **environ,
        }
        root = shlex.quote(str(self.path))
        mounts = [f"mount --rbind /{name} {root}/{name}" for name in ("proc", "dev")]
        if "DISPLAY" in environ:
            mounts.append(f"mount --bind /tmp/.X11-unix {root}/tmp/.X11-unix")
        inside = ["chroot", f"--userspec={user}:{user}", str(self.path), "env", "-i"]
        inside += [f"{name}={value}" for name, value in variables.items()]
        inside += ["sh", "-c", f'cd {home} && exec "$@"', "sh", *command]
        return [
            "unshare",
            "--mount",
            "sh",
            "-ec",
            "; ".join((*mounts, f"exec {shlex.join(inside)}")),
        ]

    def install(self, *packages: str) -> str:
        """Install packages, or a package file that lies in the root, without recommendations."""
        options = ["-q", "-y", "-o", "DPkg::Use-Pty=0", "--no-install-recommends"]
        return self.run(["apt-get", *options, "install", *packages]).stdout

    def files(self) -> set[str]:
        """Every path in it."""
        return {
            f"/{(Path(folder) / name).relative_to(self.path)}"
            for folder, folders, files in os.walk(self.path)
            for name in (*folders, *files)
        }


def make_root(path: Path, cache: Path) -> CleanRoot:
    """Unpack a fresh root, with one person; what was there is removed.

    Args:
        path: where to; its parent is made.
        cache: the archive of a bare root, made by debootstrap when it is not there.
    """
    if not cache.exists():
        _bootstrap(cache)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    subprocess.run(["tar", "-xf", cache, "-C", path], check=True)
    root = CleanRoot(path)
    # not copied by debootstrap's archive, and the names of the mirrors are needed
    shutil.copyfile("/etc/resolv.conf", path / "etc/resolv.conf")
    root.run(["useradd", "--create-home", PERSON])
    (path / "tmp/.X11-unix").mkdir(mode=0o1777, exist_ok=True)
    root.run(["apt-get", "-q", "update"])
    root.install(*DESKTOP)
    root.run(["apt-get", "clean"])
    if python := root.run(
        ["sh", "-c", "ls /usr/bin /usr/local/bin | grep -i python"], check=False
    ).stdout:
        raise SystemExit(f"the clean root has a Python: {python}")
    return root


def _bootstrap(cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    folder = cache.with_suffix(".folder")
    shutil.rmtree(folder, ignore_errors=True)
    entries = sources()
    mirror = entries[0].split()[1] if entries else MIRROR
    subprocess.run(
        ["debootstrap", "--variant=minbase", SUITE, folder, mirror],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    lines = [f"deb {entry.split(' ', 1)[1]}" for entry in entries] or [f"deb {MIRROR} {SUITE} main"]
    (folder / "etc/apt/sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    kept = re.findall(r"^Acquire::(?:https?::|Check-).*$", settings.stdout, re.MULTILINE)
    (folder / "etc/apt/apt.conf.d/99as-outside").write_text(
        "\n".join(kept) + "\n", encoding="utf-8"
    )
    fresh = cache.with_suffix(".new")
    subprocess.run(["tar", "-cf", fresh, "-C", folder, "--exclude=./dev/*", "."], check=True)
    fresh.replace(cache)
    shutil.rmtree(folder)


def sources(folder: Path = Path("/etc/apt")) -> list[str]:
    """This machine's own mirrors of Debian, as ``deb URI SUITE COMPONENT...``, main suite first."""
    found = []
    for path in (folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if path.suffix == ".sources":
            for block in re.split(r"\n\s*\n", text):
                fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", block, re.MULTILINE))
                if "deb" in fields.get("Types", "").split():
                    found += [
                        f"deb {uri} {suite} {fields.get('Components', '')}"
                        for uri in fields["URIs"].split()
                        for suite in fields["Suites"].split()
                    ]
        else:
            found += re.findall(r"^deb +(?!\[)\S+ +\S+ .*$", text, re.MULTILINE)
    wanted = (SUITE, f"{SUITE}-updates", f"{SUITE}-security")
    ours = [entry for entry in found if entry.split()[2] in wanted]
    ours.sort(key=lambda entry: wanted.index(entry.split()[2]))
    return ours if ours and ours[0].split()[2] == SUITE else []
