"""The bundle that `make bundle` has left in dist/isoloss; run by `make test-bundle`.

It is compared with the same sources in the environment that it was made from, and runs with an
environment that knows no Python, from a folder with a space and a letter that is not ASCII.
"""

import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "core" / "runs" / "samples"
MADE = ROOT / "dist" / "isoloss"
SOURCE = ROOT / "build" / "venv" / "bin" / "isoloss"
RUNS = str(ROOT / "resources" / "runs" / "transformer_xl_wikitext103.csv")

pytestmark = pytest.mark.timeout(300)

COMMANDS = [
    "--help",
    "--version",
    *(f"{name} --help" for name in ("plan", "compare", "estimate", "layouts", "calibrate")),
    *(f"{name} --help" for name in ("gpus", "laws", "fit", "backtest")),
    "plan --hours 12",
    "plan --hours 12 --json",
    "plan --usd 100 --csv -",
    "plan --gpu h100_sxm --law besiroglu-2024 --hours 10 --json",
    "plan --gpu h100_sxm --law hoffmann-2022 --usd 1000 --gpus 8",
    "compare --hours 12",
    "compare --usd 500 --json",
    "estimate --n-layers 32 --d-model 4096 --n-heads 32 --d-ff 14336 --gpu h100_sxm --json",
    "layouts --n-layers 80 --d-model 8192 --n-gpus 512 --stack nemo",
    "gpus",
    "gpus --json",
    "gpus --prices h100_sxm",
    "gpus --grids germany",
    "laws",
    "laws --json",
    "laws --at 1e21",
    "calibrate --from nothing.json --out profile.json",
    "plan --hours minus",
    "plan --gpu no-such",
    "frobnicate",
    "",
]
FITS = [
    "fit {data} --json --bootstrap 20",
    "fit {data} --method frontier --bootstrap 5",
    "fit {data} --method frontier-2020 --bootstrap 5",
    "fit {data} --method isoflop --bootstrap 5",
    "backtest {data}",
    "fit {samples}/log.jsonl --bootstrap 5",
    "fit {samples}/wandb_wide.csv --bootstrap 5",
    "fit {samples}/tb-124M --bootstrap 5",
    "fit {data} --method data-constrained --bootstrap 2",
]


def environment(home, **more):
    """As of somebody who has no Python, and no display."""
    known = {"HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "100", "LANG": "C.UTF-8"}
    return known | more


def run(program, arguments, home, **more):
    return subprocess.run(
        [program, *arguments],
        cwd=home,
        env=environment(home, **more),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The program in a copy of the bundle."""
    assert (MADE / "isoloss").is_file(), "make bundle first"
    folder = tmp_path_factory.mktemp("moved") / "Isoloss für alle"
    shutil.copytree(MADE, folder, symlinks=True)
    return folder / "isoloss"


def test_its_self_test_passes(bundle, home):
    done = run(bundle, ["--self-test"], home)
    said = done.stdout.decode()
    assert done.returncode == 0, said + done.stderr.decode()
    assert f"bundle in {bundle.parent / '_internal'}" in said
    assert "Python 3.11" not in said
    assert done.stderr == b""


def said_by_both(bundle, arguments, home):
    return [
        (done.returncode, done.stdout.decode(), done.stderr.decode())
        for done in (run(program, arguments, home) for program in (bundle, SOURCE))
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_the_same_as_from_source(bundle, home, command):
    ours, source = said_by_both(bundle, command.split(), home)
    assert ours == source
    assert any(source[1:])


@pytest.mark.parametrize("command", FITS)
def test_a_fit_says_the_same_as_from_source(bundle, home, runs_file, command):
    arguments = [part.format(data=runs_file, samples=SAMPLES) for part in command.split()]
    (status, text, _), source = said_by_both(bundle, arguments, home)
    assert (status, text) == source[:2]


@pytest.fixture(scope="session")
def runs_file():
    return ROOT / "tests" / "core" / "fits" / "data" / "gadre_overtraining_runs.csv"


def test_every_resource_is_in_it_unchanged(bundle):
    source = ROOT / "resources"
    names = sorted(
        str(path.relative_to(source))
        for path in source.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    )
    inside = bundle.parent / "_internal" / "resources"
    same, different, missing = filecmp.cmpfiles(source, inside, names, shallow=False)
    assert (different, missing) == ([], [])
    assert same == names


def test_nothing_of_ours_that_was_built_for_tests_is_in_it(bundle):
    names = [path.relative_to(bundle.parent).as_posix() for path in bundle.parent.rglob("*")]
    assert [name for name in names if "/tests/" in name or name.endswith(".pyx")] == []
    assert [name for name in names if "torch" in name or "Network" in name] == []
    broken = [path for path in bundle.parent.rglob("*") if path.is_symlink() and not path.exists()]
    assert broken == []


def test_no_path_of_the_machine_that_made_it_is_in_a_text_of_it(bundle):
    told = [
        path.name
        for path in bundle.parent.rglob("*")
        if path.suffix in (".txt", ".json", ".py", "") and path.is_file() and path != bundle
        if not path.name.startswith("lib") and str(ROOT).encode() in path.read_bytes()
    ]
    assert told == []


@pytest.fixture
def spy(tmp_path):
    """A Python that writes down what it was given, and says nothing that a probe would."""
    script = tmp_path / "my python"
    script.write_text(
        f"#!{os.path.realpath(sys.executable)}\n"
        "import json, os, sys, ssl, zlib, ctypes\n"
        "seen = {'argv': sys.argv, 'environ': dict(os.environ),\n"
        "        'maps': open('/proc/self/maps').read()}\n"
        f"json.dump(seen, open({str(tmp_path / 'seen.json')!r}, 'w'))\n"
    )
    script.chmod(0o755)
    return script


@pytest.mark.parametrize("own", [None, "/opt/cuda/lib64"])
def test_a_persons_python_gets_nothing_of_the_bundle(bundle, home, spy, own):
    more = {"QT_SCALE_FACTOR": "2"} | ({"LD_LIBRARY_PATH": own} if own else {})
    arguments = ["calibrate", "--python", str(spy), "--out", "profile.json"]
    done = run(bundle, arguments, home, **more)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    seen = json.loads(spy.with_name("seen.json").read_text())
    probe = Path(seen["argv"][1])
    assert probe == bundle.parent / "_internal" / "core" / "calibration" / "probe.py"
    assert probe.read_bytes() == (ROOT / "core" / "calibration" / "probe.py").read_bytes()
    environ = seen["environ"]
    assert environ.get("LD_LIBRARY_PATH") == own
    assert [name for name in environ if name.startswith(("QT_", "QML", "_PYI", "_MEI"))] == []
    assert [name for name, value in environ.items() if str(bundle.parent) in value] == []
    assert str(bundle.parent) not in seen["maps"]
    assert "libcrypto" in seen["maps"], "the spy did load what the bundle has, too"


def test_the_probe_in_it_answers_in_another_python(bundle, home):
    python = os.path.realpath(sys.executable)
    done = run(bundle, ["calibrate", "--python", python, "--out", "profile.json"], home)
    assert done.returncode == 2
    assert b"no PyTorch" in done.stderr


def test_a_file_that_it_has_no_reader_for_is_refused_with_what_works(bundle, home):
    done = run(bundle, ["fit", str(SAMPLES / "points.parquet")], home)
    assert done.returncode == 2
    assert b"saved as CSV or JSON Lines for this app" in done.stderr


def test_it_reaches_a_cluster_and_says_what_it_cannot_do_there(bundle, home):
    python = os.path.realpath(sys.executable)
    where = ["--submit", "local", "--python", python, "--gpu-type", "a100", "--out", "profiles"]
    done = run(bundle, ["calibrate", *where], home)
    assert done.returncode == 2
    assert b"slurm in the packaged app" in done.stderr  # so submitit itself was found


def test_its_notices_name_what_is_in_it(bundle):
    notices = bundle.parent / "_internal" / "notices"
    parts = json.loads((notices / "sbom.cdx.json").read_text(encoding="utf-8"))["components"]
    names = {part["name"] for part in parts}
    assert {"Qt", "numpy", "scipy", "pandas", "tensorboard", "submitit", "protobuf"} <= names
    assert {"grpcio", "pyarrow", "werkzeug", "pillow", "pyinstaller"}.isdisjoint(names)
    assert len(list((notices / "licences").iterdir())) == len(names) + 1  # and Isoloss itself


def test_without_a_display_it_says_so_and_plans(bundle, home):
    done = run(bundle, [], home)
    assert done.returncode == 0
    assert done.stdout.startswith(b"The window cannot be opened: there is no display")


DRIVE = """
"$1" & pid=$!
for _ in $(seq 150); do
    id=$(xdotool search --onlyvisible --name 'Isoloss$' 2>/dev/null | head -n 1)
    [ -n "$id" ] && break
    sleep 0.1
done
[ -n "$id" ] || { echo "no window"; kill $pid; exit 1; }
xdotool windowfocus --sync "$id"
sleep 0.5
xdotool key --clearmodifiers ctrl+q
wait $pid
echo "ended with $?"
"""


def test_its_window_opens_on_a_real_x_server_and_quits_by_key(bundle, home):
    missing = [tool for tool in ("xvfb-run", "xdotool") if shutil.which(tool) is None]
    assert missing == [], "make test installs these, or says how"
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24"]
    done = run(screen[0], [*screen[1:], "sh", "-c", DRIVE, "drive", str(bundle)], home)
    assert b"ended with 0" in done.stdout, done.stdout + done.stderr
    assert done.stderr == b""
    assert len(list(home.rglob("isoloss.ini"))) == 1
