"""Make dist/isoloss with PyInstaller, in an environment of its own; `make bundle` runs it.

The Python that is bundled is 3.13 or 3.12: PYTHON if that is one, else from PATH, pyenv or uv,
which may fetch one. Only where none of these has one it is 3.11, and we say so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
VENV = BUILD / "venv"
WANTED, LAST_RESORT = ("3.13", "3.12"), "3.11"
# prints where it is if it has that version and can be bundled: PyInstaller needs libpython
_CHECK = """
import os, sys, sysconfig
get = sysconfig.get_config_var
folders = [get("LIBDIR") or "", os.path.join(get("LIBDIR") or "", get("MULTIARCH") or "")]
shared = any(os.path.exists(os.path.join(d, get("INSTSONAME") or "-")) for d in folders)
if "%d.%d" % sys.version_info[:2] == sys.argv[1] and (shared or sys.platform != "linux"):
    print(sys.executable)
"""


def main() -> None:
    """Environment, notices, bundle, sizes; ends with another status than 0 if one fails."""
    uv = find_uv()
    python = find_python(uv)
    say(f"bundling {python}")
    environ = make_environment(uv, python)
    inside = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made = "dist/Isoloss.app" if sys.platform == "darwin" else "dist/isoloss"
    for old in ("dist/isoloss", "dist/Isoloss.app", "build/pyinstaller", "build/thin"):
        shutil.rmtree(ROOT / old, ignore_errors=True)
    run([inside, "packaging/notices.py"], environ)  # the spec puts them in
    run(
        [
            *(inside, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"),
            *("--workpath", BUILD / "pyinstaller", "--distpath", ROOT / "dist"),
            "packaging/isoloss.spec",
        ],
        environ,
    )
    run([inside, "packaging/notices.py", "--bundle", made], environ)  # now of what is in it
    run([inside, "packaging/size_report.py", "dist/isoloss"], environ)


def say(text: str) -> None:
    print(f"isoloss: {text}", file=sys.stderr, flush=True)


def run(command: list[str | Path], environ: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False)
    if done.returncode:
        sys.exit(f"isoloss: {' '.join(map(str, command))} failed with status {done.returncode}")


def output(command: list[str | Path]) -> str:
    """What it prints, stripped; nothing if it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def find_uv() -> str:
    """The uv that made .venv."""
    tools = ROOT / ".venv-tools" / ("Scripts" if os.name == "nt" else "bin")
    for uv in (shutil.which("uv"), shutil.which("uv", path=str(tools))):
        if uv and output([uv, "--version"]):
            return uv
    sys.exit("isoloss: needs uv (https://docs.astral.sh/uv): run make setup first")


def find_python(uv: str) -> str:
    """The Python to bundle: the newest wanted one, fetched if need be, or the last resort."""
    for version in WANTED:
        if found := find_version(uv, version):
            return found
    say(f"no Python {' or '.join(WANTED)} here; asking uv to fetch one")
    run_quietly = [uv, "python", "install", "--quiet", WANTED[0]]
    output(run_quietly)
    if found := find_version(uv, WANTED[0]):
        return found
    if found := find_version(uv, LAST_RESORT):
        say("!" * 72)
        say(
            f"BUNDLING PYTHON {LAST_RESORT}: none of {', '.join(WANTED)} is here or can be fetched."
        )
        say("Good for a try. Do not release it: install Python 3.12 or 3.13 and make it again.")
        say("!" * 72)
        return found
    sys.exit(f"isoloss: needs Python {' or '.join(WANTED)} with a shared libpython")


def find_version(uv: str, version: str) -> str:
    """A Python of that version which can be bundled; nothing if there is none."""
    name = "python.exe" if os.name == "nt" else f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    places: list[str | Path] = [os.environ.get("PYTHON") or name, name]
    places += sorted(pyenv.glob(f"{version}.*/bin/{name}"), reverse=True)
    places.append(output([uv, "python", "find", "--quiet", "--no-project", version]))
    answers = (output([place, "-c", _CHECK, version]) for place in places if place)
    return next(filter(None, answers), "")


def make_environment(uv: str, python: str) -> dict[str, str]:
    """Locked packages in build/venv; returns the variables that make two builds alike."""
    shutil.rmtree(VENV, ignore_errors=True)
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environ |= {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    run(
        [
            *(uv, "sync", "--locked", "--quiet", "--no-default-groups"),
            *("--group", "bundle", "--group", "installers"),
            *("--extra", "tensorboard", "--extra", "submitit", "--python", python),
        ],
        environ,
    )
    environ["PYTHONHASHSEED"] = "1"
    if not environ.get("SOURCE_DATE_EPOCH"):
        committed = output(["git", "log", "-1", "--format=%ct"])
        if committed:
            environ["SOURCE_DATE_EPOCH"] = committed
    return environ


if __name__ == "__main__":
    main()
