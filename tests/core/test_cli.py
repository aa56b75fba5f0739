"""The command line, in process and as the installed program."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import core
from core.cli import NoDisplayError, main
from core.hardware.catalogue import gpus
from core.hardware.devices import devices
from core.laws.library import laws
from core.planner import QUANTITIES, PlanRequest, plan

ISOLOSS = Path(sys.executable).with_name("isoloss")
BUDGETS = {
    "--hours": "hours",
    "--usd": "usd",
    "--kwh": "energy_kwh",
    "--co2-kg": "co2_kg",
    "--loss": "loss",
    "--params": "non_embedding_params",
    "--neflo": "compute_neflo",
}

COMMANDS = "plan, compare, estimate, layouts, calibrate, gpus, laws, fit, backtest"


def no_window():
    raise AssertionError("the window was opened")


@pytest.fixture
def run(capsys):
    """Run a command in this process; gives its status, output and complaint."""

    def run(*argv, open_window=no_window):
        status = main(argv, open_window)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def without_display(**changes):
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONUNBUFFERED")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    return environment | changes


def isoloss(*argv, **options):
    """Run the installed program, with no display to open a window on."""
    settings = {"capture_output": True, "timeout": 60, "env": without_display()} | options
    done = subprocess.run([ISOLOSS, *argv], check=False, **settings)
    return done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode()


def is_one_line(text):
    return text.endswith("\n") and text.count("\n") == 1


# The installed program


@pytest.mark.parametrize("option", BUDGETS)
def test_each_budget_option_of_the_program_gives_the_plan_that_it_comes_from(option):
    expected = {name: estimate.value for name, estimate in plan(PlanRequest()).estimates().items()}
    status, out, err = isoloss("plan", option, repr(expected[BUDGETS[option]]), "--json")
    assert (status, err) == (0, "")
    document = json.loads(out)
    found = {name: document[name]["value"] for name in QUANTITIES}
    assert found == pytest.approx(expected, rel=1e-9)


def test_the_program_takes_every_option_at_once(tmp_path):
    file = tmp_path / "plan.csv"
    status, out, err = isoloss(
        *("plan", "--usd", "20", "--gpu", "P100", "--precision", "O1", "--price", "1.5"),
        *("--law", "txl-wikitext103-first", "--watts", "200", "--carbon-kg-per-kwh", "0.1"),
        *("--csv", str(file), "--json"),
    )
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["hours"]["value"] == pytest.approx(20 / 1.5, rel=1e-12)
    assert document["energy_kwh"]["value"] == pytest.approx(20 / 1.5 * 0.2, rel=1e-12)
    assert document["co2_kg"]["value"] == pytest.approx(20 / 1.5 * 0.02, rel=1e-12)
    assert document["request"]["law"] == "txl-wikitext103-first"
    table = pd.read_csv(file)
    rows = table[table["section"] == "plan"].set_index("quantity")
    assert float(rows.loc["loss", "value"]) == document["loss"]["value"]


def test_the_program_gives_the_same_bytes_twice():
    command = ("plan", "--loss", "3.2", "--gpu", "K80", "--json")
    assert isoloss(*command) == isoloss(*command)


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["plan", "--hours", "-3"], '--hours must be a positive number, got "-3"'),
        (["plan", "--hours", ""], '--hours must be a positive number, got ""'),
        (["plan", "--hours", "1e400"], '--hours must be a positive number, got "1e400"'),
        (
            ["plan", "--loss", "1,5"],
            '--loss must be a positive number (the decimal mark is a point), got "1,5"',
        ),
        (
            ["plan", "--hours", "12", "--gpu", "H10"],
            "--gpu must be one of V100, V100-no-tensor-cores, P100, P4, K80 (curves of 2020), any, "
            "or an id that isoloss gpus lists, such as h100_pcie, h100_nvl, h100_sxm, "
            'a10, got "H10"',
        ),
        (["serve"], f'command must be one of {COMMANDS}, got "serve"'),
        (
            ["plan", "--hours", b"\xff"],
            '--hours must be a positive number, got "\\udcff"',
        ),
        (
            ["plan", "--hours", "12", "--csv", "/nowhere/plan.csv"],
            "--csv must be a file that can be written, "
            'got "/nowhere/plan.csv" (No such file or directory)',
        ),
    ],
)
def test_the_program_refuses_bad_input_in_one_line_with_status_2(argv, line):
    assert isoloss(*argv) == (2, "", line + "\n")


def test_numbers_that_no_float_holds_end_in_one_line():
    for argv in (
        ["plan", "--hours", "12", "--price", "1e308", "--json"],
        ["plan", "--usd", "1e-300", "--price", "1e300"],
        ["plan", "--co2-kg", "1", "--carbon-kg-per-kwh", "5e-324"],
    ):
        status, out, err = isoloss(*argv)
        assert (status, out) == (2, "")
        assert is_one_line(err) and "Traceback" not in err


@pytest.mark.parametrize(
    "argv", [["plan", "--hours", "12", "--json"], ["gpus"], ["laws", "--json"], ["plan", "--hours"]]
)
def test_commands_import_neither_qt_nor_what_only_fits_and_tables_need(argv):
    script = (
        "import sys\n"
        "from gui.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "slow = {'PySide6', 'shiboken6', 'pyqtgraph', 'scipy', 'pandas', 'matplotlib'}\n"
        "print('IMPORTED', sorted(slow & set(sys.modules)), 'core.planner' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *argv], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "IMPORTED [] True"


@pytest.mark.parametrize(
    ("display", "reason"),
    [
        ({}, "there is no display"),
        ({"DISPLAY": ":987"}, 'the display ":987" does not answer'),
        ({"WAYLAND_DISPLAY": "nobody"}, "there is no display"),
    ],
    ids=["none", "dead X", "dead Wayland"],
)
def test_alone_without_a_display_it_prints_the_default_plan_and_says_why(display, reason):
    status, out, err = isoloss(env=without_display(**display))
    assert (status, err) == (0, "")
    assert out.startswith("The window cannot be opened: ")
    assert reason in out.splitlines()[0]
    assert "Plan for 12 h on V100" in out
    assert "3.193 nats per token" in out


@pytest.mark.parametrize("argv", [["plan", "--hours", "12"], ["gpus"], ["laws", "--json"], []])
def test_a_reader_that_has_gone_is_no_error(argv):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = isoloss(*argv, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
        assert done == (0, "", "")
    finally:
        os.close(writing)


def test_the_first_line_can_be_taken_from_a_pipe():
    piped = f"'{ISOLOSS}' plan --hours 12 --json | head -n 1"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_an_output_that_takes_nothing_is_said_in_one_line():
    with Path("/dev/full").open("wb") as full:
        status, _, err = isoloss(
            *("plan", "--hours", "12"), capture_output=False, stdout=full, stderr=subprocess.PIPE
        )
    assert status == 1
    assert err == "the answer cannot be written: No space left on device\n"


def test_a_full_disk_leaves_the_old_csv_file(tmp_path):
    file = tmp_path / "plan.csv"
    file.write_text("old\n")
    limited = f"ulimit -f 1; exec '{ISOLOSS}' plan --hours 12 --csv '{file}'"
    done = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_line(done.stderr)
    assert done.stderr.startswith("--csv must be a file that can be written, got")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.csv"]
    assert file.read_text() == "old\n"


def test_output_is_utf_8_where_the_locale_knows_only_ascii():
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    status, out, err = isoloss("plan", "--hours", "12", env=without_display(**ascii_only))
    assert (status, err) == (0, "")
    assert "3.03×10¹⁷ neFLO" in out


def test_the_module_is_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "gui", "plan", "--hours", "12"], capture_output=True, check=True
    )
    assert done.stdout.decode() == isoloss("plan", "--hours", "12")[1]


# In process


def test_help_names_every_option_and_ends_with_status_0(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["plan", "--help"], no_window)
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for option in (*BUDGETS, "--gpu", "--precision", "--law", "--price", "--watts", "--csv"):
        assert option in text
    assert "--carbon-kg-per-kwh" in text and "--json" in text


@pytest.mark.parametrize("argv", [["-h"], ["--help"], ["--version"]])
def test_the_program_presents_itself(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        main(argv, no_window)
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert out == f"isoloss {core.__version__}\n" if argv == ["--version"] else "plan" in out


def test_a_plan_without_json_is_a_table(run):
    status, out, err = run("plan", "--hours", "12")
    assert (status, err) == (0, "")
    assert "Expected loss         3.193 nats per token\n" in out
    assert "Wide shape            7 layers x 960" in out


@pytest.mark.parametrize(
    ("argv", "by", "value"),
    [
        (["--hours", "3d"], "hours", 72.0),
        (["--hours=90min"], "hours", 1.5),
        (["--usd", "$20"], "usd", 20.0),
        (["--params", "45M"], "params", 45e6),
        (["--params", "1 500 000"], "params", 1.5e6),
        (["--neflo", "3×10¹⁷"], "neflo", 3e17),
        (["--neflo", "1 PF-day"], "neflo", 8.64e19),
        (["--kwh", "500 Wh"], "kwh", 0.5),
        (["--co2-kg", "250 g"], "co2_kg", 0.25),
    ],
)
def test_budgets_are_read_with_their_units(run, argv, by, value):
    status, out, _ = run("plan", *argv, "--json")
    asked = json.loads(out)["request"]
    assert (status, asked["by"], asked["value"]) == (0, by, value)


def test_a_free_gpu_and_a_clean_grid_can_be_asked_for(run):
    _, out, _ = run("plan", "--hours", "12", "--price", "0", "--carbon-kg-per-kwh", "0", "--json")
    document = json.loads(out)
    assert document["usd"]["value"] == document["co2_kg"]["value"] == 0
    assert document["loss"]["value"] == pytest.approx(3.193, rel=1e-3)


def test_gpus_are_listed_with_price_and_power(run):
    status, out, _ = run("gpus", "--json")
    listed = json.loads(out)
    assert status == 0
    old = ["V100", "V100-no-tensor-cores", "P100", "P4", "K80"]
    assert [row["id"] for row in listed[:5]] == old
    assert {row["price_usd_per_gpu_hour"] for row in listed[:5]} == {2.005, 1.416, 0.689, 0.584}
    assert [row["id"] for row in listed[5:]] == list(devices())
    assert listed[0]["measured_watts"] == 119.35
    _, out, _ = run("gpus")
    lines = out.splitlines()
    assert len(lines) > len(gpus()) + len(devices())
    assert lines[1].split() == ["V100", "V100", "16", "GB", "2.005", "119.35"]


def test_laws_are_listed_with_coefficients_and_source(run):
    status, out, _ = run("laws", "--json")
    listed = json.loads(out)
    assert status == 0
    assert [law["id"] for law in listed[:2]] == ["txl-wikitext103", "txl-wikitext103-first"]
    assert [law["n_runs"] for law in listed[:2]] == [28, 19]
    assert listed[0]["e"] == 0.721157336 and "Le Scao" in listed[0]["source"]
    _, out, _ = run("laws")
    for law in laws().values():
        assert f"{law.id}: {law.name}\n" in out
        assert f"= {law.a:.10g} C^-{law.b:.10g} + {law.c:.10g}" in out


OPTIONS = (
    "options must be among --help, --json, --hours, --usd, --kwh, --co2-kg, --loss, --params, "
    "--neflo, --gpu, --precision, --law, --price, --watts, --carbon-kg-per-kwh, --n-gpus, "
)
EXACTLY_ONE = "exactly one of --hours, --usd, --kwh, --co2-kg, --loss, --params, --neflo"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        ("plan", f"{EXACTLY_ONE} must be given, got none"),
        ("plan --json", f"{EXACTLY_ONE} must be given, got none"),
        ("plan --hours 3 --loss 3", f"{EXACTLY_ONE} must be given, got --hours and --loss"),
        ("plan --hours 0", '--hours must be a positive number, got "0"'),
        ("plan --hours=-3", '--hours must be a positive number, got "-3"'),
        ("plan --hours -3e5", '--hours must be a positive number, got "-3e5"'),
        ("plan --hours -inf", '--hours must be a positive number, got "-inf"'),
        ("plan --hours nan", '--hours must be a positive number, got "nan"'),
        ("plan --usd --json", "--usd must be followed by a value"),
        ("plan --usd", "--usd must be followed by a value"),
        ("plan --kwh abc", '--kwh must be a positive number, got "abc"'),
        (
            "plan --hours 3parsecs",
            "--hours must be a positive number in h (units understood: s, sec, min, mins, m, h, H, "
            'hr, hrs, hour, hours, d, day, days, w, week, weeks, year, years), got "3parsecs"',
        ),
        (
            "plan --loss 1.9",
            "--loss must be between 1.9473 and 443.63 nats (by this law no compute goes below "
            '1.94724078), got "1.9"',
        ),
        (
            "plan --params 2",
            '--params must be between 3.1582 and 2.0735×10³⁸ parameters, got "2"',
        ),
        (
            "plan --neflo 1e61",
            '--neflo must be between 1.0000×10⁻⁶ and 1.0000×10⁶⁰ neFLO, got "1e61"',
        ),
        (
            "plan --hours 3 --gpu K8",
            "--gpu must be one of V100, V100-no-tensor-cores, P100, P4, K80 (curves of 2020), any, "
            'or an id that isoloss gpus lists, such as k80, got "K8"',
        ),
        (
            "plan --hours 3 --precision fp16",
            '--precision must be one of O0, O1, O2, got "fp16"',
        ),
        (
            "plan --hours 3 --law hoffmann",
            f'--law must be one of {", ".join(laws())} or a .isoloss-law file, got "hoffmann"',
        ),
        ("plan --hours 3 --price -1", '--price must be a number of at least 0, got "-1"'),
        ("plan --hours 3 --watts 0", '--watts must be a positive number, got "0"'),
        (
            "plan --hours 3 --watts 1e30",
            '--watts must be between 0.000001 and 1,000,000,000, got "1e30"',
        ),
        (
            "plan --usd 3 --price 0",
            '--price must be positive to plan for dollars, got "0"',
        ),
        (
            "plan --co2-kg 3 --carbon-kg-per-kwh 0",
            '--carbon-kg-per-kwh must be positive to plan for CO2, got "0"',
        ),
        ("plan --hours 3 --csv", "--csv must be followed by a value"),
        ("plan --hours 3 --csv .", '--csv must be a file that can be written, got "." '),
        ("plan --hours 3 --hour 4", OPTIONS),
        ("plan --hours 3 extra", 'only options may follow (such as --hours 12), got "extra"'),
        ("plan --hours 3 --json=yes", "--json must stand alone, got 'yes'"),
        (
            "gpus --hours 3",
            "options must be among --help, --json, --prices, --grids, --refresh, "
            '--accept-changes, got "--hours 3"',
        ),
        ("laws extra", 'only options may follow (such as --hours 12), got "extra"'),
        ("PLAN", f'command must be one of {COMMANDS}, got "PLAN"'),
        ("--hours 3", f'command must be one of {COMMANDS}, got "--hours"'),
    ],
)
def test_bad_input_is_refused_in_one_line_that_says_what_would_be_right(run, argv, line):
    status, out, err = run(*argv.split(" "))
    assert (status, out) == (2, "")
    assert is_one_line(err)
    assert err.startswith(line)


@pytest.mark.parametrize("value", ["3\n4", "3\r\n4", "\x1b[31m", "💥", "\u202e12", "a" * 300])
def test_values_of_strange_letters_are_refused_in_one_line(run, value):
    status, out, err = run("plan", "--hours", value)
    assert (status, out) == (2, "")
    assert is_one_line(err) and err.startswith("--hours must be a positive number, got")


def test_a_refused_plan_leaves_no_csv_file(run, tmp_path):
    file = tmp_path / "plan.csv"
    status, *_ = run("plan", "--hours", "-3", "--csv", str(file))
    assert status == 2
    assert not file.exists()


def test_alone_it_opens_the_window_and_ends_with_its_status(run):
    assert run(open_window=lambda: 7) == (7, "", "")


def test_alone_without_a_window_it_prints_the_plan_and_the_reason(run):
    def refuse():
        raise NoDisplayError("it is dark")

    status, out, err = run(open_window=refuse)
    assert (status, err) == (0, "")
    assert out.startswith("The window cannot be opened: it is dark. ")
    assert run("plan", "--hours", "12")[1] in out


def test_an_error_of_the_window_is_not_taken_for_one_of_the_output(run):
    def crash():
        raise FileNotFoundError("an icon")

    status, out, err = run(open_window=crash)
    assert (status, out) == (70, "")
    assert "FileNotFoundError: an icon" in err


def test_a_program_without_a_console_still_runs(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["plan", "--hours", "12"], no_window) == 0
    assert main(["plan", "--hours", "-12"], no_window) == 2


def test_streams_that_are_not_files_are_written_to():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["gpus"], no_window) == 0
    assert "V100" in out.getvalue()


def test_a_csv_of_minus_is_printed_instead_of_the_table(run):
    status, out, err = run("plan", "--hours", "12", "--csv", "-")
    assert (status, err) == (0, "")
    assert out.startswith("section,quantity,value,unit,low,high,source")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("plan --hours 12 --hours 5", '--hours must be given once, got "12" and "5"'),
        ("plan --hours 12 --csv= ", '--csv must be a file name, or - for standard output, got ""'),
    ],
)
def test_an_option_given_twice_or_empty_is_refused(run, words, line):
    status, out, err = run(*words.split())
    assert (status, out, err.strip()) == (2, "", line)


def test_a_loss_below_the_tipping_point_is_called_a_lower_bound(run):
    _, out, _ = run("plan", "--hours", "0.1")
    loss = next(line for line in out.splitlines() if "Expected loss" in line)
    assert "lower bound" in loss
