"""The workflows of GitHub, as far as they can be checked without GitHub."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SECRET = re.compile(r"\$\{\{\s*secrets\.")


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    return request.param


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(path):
    for name, job in load(path)["jobs"].items():
        for step in job.get("steps", ()):
            yield name, step


def test_the_workflows_are_there():
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


def test_a_workflow_fits_the_published_schema(workflow):
    check = Path(sys.executable).with_name("check-jsonschema")
    command = [check, "--builtin-schema", "vendor.github-workflows", workflow]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_file_that_a_workflow_names_exists(workflow):
    text = workflow.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w./])(?:\./)?((?:packaging|\.github)/[\w./-]+\w)", text))
    made = {"packaging/windows/isoloss.ico", "packaging/macos/isoloss.icns"}  # by icons.py
    assert named or workflow.name == "ci.yml"
    assert {name for name in named - made if not (ROOT / name).is_file()} == set()


def test_every_make_target_that_a_workflow_names_exists(workflow):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    scripts = "\n".join(step.get("run", "") for _, step in steps(workflow))
    named = set(re.findall(r"\bmake ([a-z-]+)", scripts))
    assert named
    assert named - targets == set()


def test_every_action_is_pinned_to_a_commit_and_says_which_version(workflow):
    lines = re.findall(r"uses: (?!\./)(.*)", workflow.read_text(encoding="utf-8"))
    assert lines
    for line in lines:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_commit_everywhere():
    text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    pins = set(re.findall(r"uses: ([\w-]+/[\w-]+)@(\w+)", text))
    assert len(pins) == len({name for name, _ in pins})


def test_only_the_job_that_publishes_may_write(workflow):
    parsed = load(workflow)
    assert parsed["permissions"] == {"contents": "read"}
    may_write = {
        name: job["permissions"] for name, job in parsed["jobs"].items() if "permissions" in job
    }
    expected = {"contents": "write", "id-token": "write", "attestations": "write"}
    assert may_write in ({}, {"publish": expected})
    assert ("publish" in may_write) is (workflow.name == "release.yml")


def test_what_others_may_choose_never_becomes_part_of_a_script(workflow):
    for job, step in steps(workflow):
        assert "${{" not in step.get("run", ""), (job, step.get("name"))


def test_secrets_reach_only_the_steps_that_sign():
    for name, step in steps(ROOT / ".github" / "workflows" / "release.yml"):
        if SECRET.search(str(step)):
            assert "ign" in step["name"] or "notarise" in step["name"], (name, step["name"])
    for job in load(ROOT / ".github" / "workflows" / "release.yml")["jobs"].values():
        assert not SECRET.search(str(job.get("env", {})))


def test_nothing_is_published_unless_everything_passed():
    jobs = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert jobs["checks"]["uses"] == "./.github/workflows/ci.yml"
    needed = set(jobs["publish"]["needs"])
    assert {"checks", "linux", "windows-installer", "windows-smoke", "macos"} <= needed
    assert jobs["publish"]["if"] == "github.ref_type == 'tag'"
    assert jobs["linux"]["runs-on"] == "ubuntu-22.04"


def test_every_bundle_has_the_time_of_the_commit_and_is_tried():
    jobs = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    for name in ("linux", "windows-bundle", "macos"):
        assert jobs[name]["env"]["SOURCE_DATE_EPOCH"] == "${{ needs.facts.outputs.epoch }}"
        assert any("--self-test" in step.get("run", "") for step in jobs[name]["steps"])
    every = [str(step) for path in WORKFLOWS for _, step in steps(path)]
    assert any("attest-build-provenance" in step for step in every)
    assert any("sha256sum" in step for step in every)


@pytest.mark.parametrize(
    "script", sorted(ROOT.glob("packaging/**/*.sh")), ids=lambda path: path.name
)
def test_shell_scripts_are_sound(script):
    check = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([check, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def facts(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "packaging" / "release_facts.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tag_must_name_the_version_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = project["project"]["version"]
    done = facts("--tag", f"v{version}")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf"version={re.escape(version)}\nepoch=\d{{10}}\n", done.stdout)
    done = facts("--tag", "v99.0.0")
    assert done.returncode == 1
    assert f"pyproject.toml has {version}" in done.stderr
