"""Install the packages in clean Debian roots, use them as a person would, and remove them.

Usage: sudo python packaging/linux/try_in_clean_root.py [deb] [archive]

Needs root, debootstrap, Xvfb and xdotool. The roots and a cached bare one are in build/; pictures
of the screen go to dist/screens/.
"""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from clean_root import HOME, PERSON, CleanRoot, make_root
from drive_window import Window, budget_line, display
from release import ROOT, debian_version, version

DIST = ROOT / "dist"
BUILD = ROOT / "build" / "clean-root"
SCREENS = DIST / "screens"
TOOLS = ("debootstrap", "unshare", "chroot", "Xvfb", "xdotool", "tar", "zstd", "dpkg-deb")
# written by package management itself, and no trace of ours
LOGS = ("/var/log/", "/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/")
MENU = "/usr/share/applications/mimeinfo.cache"
EXPORT = ("ctrl+e", "Export plan")
PLAN = f"{HOME}/my plan.isoloss"
TABS_TO_GPU = 5  # from the budget
TYPES = "/usr/share/mime/globs2"


def main(arguments: list[str]) -> None:
    if os.geteuid():
        sys.exit("isoloss: a clean root can only be made by root: sudo make test-installer")
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        sys.exit(f"isoloss: missing {', '.join(missing)}; see packaging/bootstrap.sh")
    with display() as screen:
        for name in arguments or ["deb", "archive"]:
            {"deb": try_deb, "archive": try_archive}[name](screen)
    print("All as it should be.")


def try_deb(screen: str) -> None:
    """Install with apt, use, purge, and compare the root with what it was."""
    package = DIST / f"isoloss_{debian_version(version())}_amd64.deb"
    root = fresh_root("deb")
    before = root.files()
    shutil.copy(package, root.path / "var/cache" / package.name)
    root.install(f"/var/cache/{package.name}")
    (root.path / "var/cache" / package.name).unlink()
    step("installed with apt-get, and nothing but what it declares came along")
    no_python(root)
    libraries(root, "/usr/lib/isoloss")
    expect("isoloss.desktop" in read(root, MENU), "the menu does not know .isoloss files")
    expect("vnd.isoloss.plan+json:*.isoloss" in read(root, TYPES), "no MIME type for .isoloss")
    page = root.run(["man", "isoloss"], PERSON, MANWIDTH="80").stdout
    expect("isoloss plan" in page, "man isoloss shows no page")
    use(root, "isoloss", "deb", screen)
    root.run(["apt-get", "-q", "-y", "purge", "isoloss"])
    root.run(["apt-get", "-q", "-y", "autoremove", "--purge"])
    traces = {path for path in root.files() - before if not path.startswith((*LOGS, HOME))}
    traces |= {
        path
        for path in root.files()
        if "isoloss" in path and not path.startswith((HOME, "/var/log/"))
    }
    expect(not traces, "left after purge: " + ", ".join(sorted(traces)))
    expect(not before - root.files(), f"gone after purge: {sorted(before - root.files())}")
    for cache in (MENU, TYPES):
        expect("isoloss" not in read(root, cache), f"{cache} still names isoloss")
    step("purged; not a trace is left but the person's own files:")
    print("    " + " ".join(sorted(own_files(root))))
    shutil.rmtree(root.path)


def try_archive(screen: str) -> None:
    """Unpack into a path with a space, use, install for the person and take out again."""
    archive = DIST / f"isoloss-{version()}-linux-x86_64.tar.zst"
    package = DIST / f"isoloss_{debian_version(version())}_amd64.deb"
    root = fresh_root("archive")
    field = ["dpkg-deb", "--field", package, "Depends"]
    needs = subprocess.run(field, capture_output=True, text=True, check=True).stdout
    root.install(*(term.split("|")[0].split("(")[0].strip() for term in needs.split(",")))
    folder = f"{HOME}/my programs"
    (root.path / folder[1:]).mkdir()
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", root.path / folder[1:]], check=True)
    root.run(["chown", "-R", f"{PERSON}:{PERSON}", folder])
    no_python(root)
    libraries(root, f"{folder}/isoloss")
    use(root, f"{folder}/isoloss/isoloss", "archive", screen)
    before = root.files()
    data = f"{HOME}/.local/share"
    root.run([f"{folder}/isoloss/install.sh"], PERSON)
    entry = f"{data}/applications/isoloss.desktop"
    root.run(["desktop-file-validate", entry], PERSON)
    expect(f'Exec="{folder}/isoloss/isoloss" %f' in read(root, entry), "the menu runs another file")
    expect("*.isoloss" in read(root, f"{data}/mime/globs2"), "no MIME type for the person")
    root.run([f"{folder}/isoloss/install.sh", "--uninstall"], PERSON)
    expect(root.files() == before, f"left by install.sh: {sorted(root.files() ^ before)}")
    step("install.sh put it into the person's menu and took it out again")
    shutil.rmtree(root.path)


def use(root: CleanRoot, program: str, name: str, screen: str) -> None:
    """Its main job on the command line and in the window."""
    expected = f"isoloss {version()}"
    said = root.run([program, "--version"], PERSON).stdout.strip()
    expect(said == expected, f"--version says {said!r}, not {expected!r}")
    plan = root.run([program, "plan", "--hours", "12", "--json"], PERSON).stdout
    expect('"tipping_point"' in plan, "plan --json gives no plan")
    root.run([program, "--self-test"], PERSON, QT_QPA_PLATFORM="offscreen")
    step("command line: --version, plan --json, --self-test")
    drive(root, program, name, screen)


def drive(root: CleanRoot, program: str, name: str, screen: str) -> None:
    """The window by keyboard and mouse; its exports against the command line's."""
    times, plots = [], []
    for _ in range(4):
        window = open_window(root, [program], screen)
        times.append(window.seconds)
        plots.append(window.seconds_to_plots)
        time.sleep(2)
        resident = window.resident_mb()
        window.quit()
    step(
        f"window after {times[0]:.2f} s (again {min(times[1:]):.2f}), with its plots after"
        f" {plots[0]:.2f} s (again {min(plots[1:]):.2f}); at rest {resident:.0f} MB"
    )
    window = open_window(root, [program], screen)
    line = budget_line(window.picture(SCREENS / f"{name}-start.png"))
    expect(line is not None, "no budget line on the screen")
    window.drag(line, -60)  # also ends the hint of the first start, which would take a Tab
    write_to(window, f"{HOME}/by mouse.csv", *EXPORT)
    window.picture(SCREENS / f"{name}-dragged.png")
    window.key("ctrl+b")
    window.type("24")
    window.key("Return")
    window.key(*["Tab"] * TABS_TO_GPU)
    window.type("P100 16 GB")
    window.key("Return")
    write_to(window, f"{HOME}/by key.csv", *EXPORT)
    window.picture(SCREENS / f"{name}-typed.png")
    write_to(window, PLAN, "ctrl+s", "Save the plan")
    window.quit()
    compare(root, program)
    open_plan_file(root, program, name, screen)


def compare(root: CleanRoot, program: str) -> None:
    """The two exports of `drive` against what the command line says for the same question."""
    typed, dragged = (read(root, f"{HOME}/by {how}.csv") for how in ("key", "mouse"))
    asked, pulled = request(typed), request(dragged)
    expect(float(asked["by_hours"]) == 24 and asked["gpu"] == "P100", f"exported {asked}")
    expect(0 < float(pulled["by_hours"]) < 12, f"the dragged line stands at {pulled}")
    for exported, wanted in ((typed, asked), (dragged, pulled)):
        question = ["--hours", wanted["by_hours"], "--gpu", wanted["gpu"]]
        said = root.run([program, "plan", *question, "--csv", "-"], PERSON)
        same_numbers(exported, said.stdout)
    step(f"dragged the line to {float(pulled['by_hours']):.3g} h, typed 24 h and P100: both agree")


def open_plan_file(root: CleanRoot, program: str, name: str, screen: str) -> None:
    """The plan that `drive` saved, opened as a double click does, changed and saved again."""
    window = open_window(root, [program, PLAN], screen)
    window.wait_for(lambda: window.title() if "my plan" in window.title() else "", "its name")
    window.key("ctrl+b")
    window.type("8")
    window.key("Return", "ctrl+s")
    window.picture(SCREENS / f"{name}-plan-file.png")
    window.quit()
    saved = json.loads(read(root, PLAN))
    expect(saved["format"] == "isoloss-plan", f"saved {saved}")
    again = root.run([program, "plan", "--from", PLAN, "--json"], PERSON).stdout
    plan = json.loads(again)
    expect(plan["hours"]["value"] == 8, f"the saved plan says {again}")
    expect(plan["request"]["gpu"] == "P100", f"the saved plan says {again}")
    step("opened a plan file by its name, changed and saved it")


def open_window(root: CleanRoot, command: list[str], screen: str) -> Window:
    """Start the program on the display and wait until its window is there."""
    errors = BUILD / "errors.txt"
    process = root.start(command, errors, DISPLAY=screen, QT_QPA_PLATFORM="xcb")
    return Window(process, errors)


def write_to(window: Window, path: str, key: str, title: str) -> None:
    """Press a key, and type the path into the dialog with that title."""
    window.key(key)
    dialog = window.wait_for(lambda: window.find(title), f"the dialog {title}")
    window.tool("windowfocus", "--sync", dialog)
    window.key("ctrl+a")
    window.type(path)
    window.key("Return")
    window.tool("windowfocus", "--sync", window.id)
    time.sleep(0.5)


def request(text: str) -> dict[str, str]:
    """What a CSV says was asked for."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    return {row["quantity"]: row["value"] for row in rows if row["section"] == "request"}


def same_numbers(exported: str, said: str) -> None:
    """The window's CSV and the command line's, row by row."""
    left, right = (
        list(csv.reader(io.StringIO(text.removeprefix("\ufeff")))) for text in (exported, said)
    )
    expect(len(left) == len(right) > 20, f"{len(left)} rows exported, {len(right)} printed")
    for one, other in zip(left, right, strict=True):
        expect(one == other, f"exported {one}, printed {other}")


def fresh_root(name: str) -> CleanRoot:
    """A root of its own for one trial."""
    root = make_root(BUILD / name, BUILD / "bare.tar")
    step(f"a clean root for the {name}, without Python")
    return root


def no_python(root: CleanRoot) -> None:
    """Not even one that came along with what the package needs."""
    there = [path for path in root.files() if Path(path).name.startswith("python3")]
    outside = [path for path in there if "/isoloss/" not in path and "/lintian/" not in path]
    expect(not outside, f"Python came along: {outside[:5]}")


def libraries(root: CleanRoot, folder: str) -> None:
    """Every library that a part of the program names is there."""
    script = (
        'find "$1" -type f | while read -r file; do ldd "$file" 2>/dev/null |'
        ' grep "not found" | sed "s|^|$file: |"; done'
    )
    internal = f"{folder}/_internal"
    more = ":".join(
        f"/{path.relative_to(root.path)}" for path in (root.path / internal[1:]).rglob("*.libs")
    )
    expect(any((root.path / internal[1:]).glob("libQt6*")), f"no libraries in {internal}")
    missing = root.run(
        ["sh", "-c", script, "sh", folder], LD_LIBRARY_PATH=f"{internal}:{more}"
    ).stdout
    expect(not missing, f"libraries that nobody declared:\n{missing}")
    step("every library that it names is in the package or among its dependencies")


def own_files(root: CleanRoot) -> list[str]:
    """What the person has, besides the files that every home has."""
    home = root.path / HOME[1:]
    return [
        str(path.relative_to(home)).replace(" ", "_")
        for path in home.rglob("*")
        if path.is_file() and path.name not in (".bashrc", ".profile", ".bash_logout")
    ]


def read(root: CleanRoot, path: str) -> str:
    """A file of the root; nothing where there is none."""
    file = root.path / path[1:]
    return file.read_text(encoding="utf-8") if file.exists() else ""


def expect(good: bool, complaint: str) -> None:
    if not good:
        raise SystemExit(f"isoloss: {complaint}")


def step(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
