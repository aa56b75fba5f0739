"""Profile files from anywhere: nothing in them is trusted."""

import copy
import json
from pathlib import Path

import pytest

from core.calibration.hardware import hardware_of
from core.calibration.profile import make_profile
from core.calibration.profile_file import (
    MOST_BYTES,
    load_profile,
    profile_from_bytes,
    profile_to_bytes,
)
from core.errors import InputError

LAYER = ("calibration", "measurements", 0)


@pytest.fixture(scope="module")
def document(machine):
    device = machine()
    found = device.calibration(
        device.steps(10, noise=0.02), device.steps(10, noise=0.02, stack="txl")
    )
    return json.loads(profile_to_bytes(make_profile(found, "mine", excluded=[9])))


def changed(document, place, value):
    other = copy.deepcopy(document)
    inside = other
    for name in place[:-1]:
        inside = inside[name]
    if value is None:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return json.dumps(other).encode()


def refused(content):
    with pytest.raises(InputError) as caught:
        profile_from_bytes(content, "mine.json")
    return str(caught.value)


def test_the_document_itself_is_read(document):
    assert profile_from_bytes(json.dumps(document).encode(), "x").name == "mine"


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("format",), "isoloss-law", "format"),
        (("version",), 99, "newer Isoloss"),
        (("version",), "1", "version"),
        (("name",), None, "name"),
        (("name",), "a\u202eb", "name"),
        (("name",), ["x"], "name"),
        (("calibration",), None, "calibration"),
        (("calibration",), [], "calibration"),
        (("calibration", "device"), None, "device"),
        (("calibration", "device", "name"), 7, "name"),
        (("calibration", "device", "memory_bytes"), -1, "memory_bytes"),
        (("calibration", "schema"), 2, "schema"),
        (("calibration", "measurements"), {}, "measurements"),
        ((*LAYER,), "step", "measurements[0]"),
        ((*LAYER, "kind"), "exec", "kind"),
        ((*LAYER, "d_model"), -64, "d_model"),
        ((*LAYER, "d_model"), 64.5, "d_model"),
        ((*LAYER, "d_model"), True, "d_model"),
        ((*LAYER, "d_model"), 10**25, "d_model"),
        ((*LAYER, "n_heads"), 7, "n_heads"),
        ((*LAYER, "precision"), "fp3", "precision"),
        ((*LAYER, "step_time_s"), 0, "step_time_s"),
        ((*LAYER, "step_time_s"), 1e20, "step_time_s"),
        ((*LAYER, "step_time_s"), None, "step_time_s"),
        ((*LAYER, "stack"), "os.system", "stack"),
        (("excluded",), [9, 99], "exclude"),
        (("excluded",), [-1], "exclude"),
        (("excluded",), [1.5], "excluded"),
        (("excluded",), "9", "excluded"),
        (("fits",), [], "fits"),
        (("fits",), None, "fits"),
        (("fits", 0), 3, "fits"),
        (("fits", 0, "precision"), "bf16", "precision"),
        (("fits", 0, "stack"), "txl", "stack"),
        (("fits", 0, "roofline", "form"), "__import__", "form"),
        (("fits", 0, "roofline", "seconds"), [1, 2], "seconds"),
        (("fits", 0, "roofline", "seconds", "matmul"), -1e-12, "matmul"),
        (("fits", 0, "roofline", "seconds", "matmul"), "5e-12", "matmul"),
        (("fits", 0, "roofline", "seconds", "launch"), None, "launch"),
        (("fits", 0, "roofline", "seconds", "fixed"), 1e9, "fixed"),
        (("fits", 0, "roofline", "errors"), [0.1], "errors"),
        (("fits", 0, "roofline", "errors", 0), "0", "errors"),
        (("fits", 0, "roofline", "errors", 0), 1e6, "errors"),
        (("fits", 1, "curve", "k"), 0, "k"),
        (("fits", 1, "curve", "b"), -1, "b"),
        (("fits", 1, "curve", "a"), 900, "a in"),
    ],
)
def test_a_wrong_value_is_refused_by_name(document, place, value, words):
    assert words in refused(changed(document, place, value))


def test_times_of_zero_are_no_fit(document):
    seconds = dict.fromkeys(document["fits"][0]["roofline"]["seconds"], 0.0)
    content = changed(document, ("fits", 0, "roofline", "seconds"), seconds)
    assert "gives every measured step" in refused(content).replace("give every", "gives every")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e400"])
@pytest.mark.parametrize("name", ["matmul", "step_time_s", "d_model"])
def test_numbers_that_are_none_are_refused(document, number, name):
    text = json.dumps(document)
    before = text.index(f'"{name}": ') + len(f'"{name}": ')
    after = min(text.index(end, before) for end in ",}" if end in text[before:])
    refused((text[:before] + number + text[after:]).encode())


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(document, share):
    content = json.dumps(document).encode()
    assert "mine.json" in refused(content[: int(share * len(content))])


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x95cos\nsystem\n",
        b"\xff\xfe",
        b"[]",
        b'"x"',
        b"null",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'{"format": "isoloss-profile", "format": "isoloss-profile"}',
    ],
)
def test_other_files_are_refused(content):
    refused(content)


def test_a_file_of_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(b"[")
        file.truncate(2**30)
    with pytest.raises(InputError, match="at most 8 MB"):
        load_profile(path)
    assert MOST_BYTES < 10**7


@pytest.mark.parametrize("name", ["no/such/file.json", ".", "a\0b.json"])
def test_what_is_no_file_is_refused(name):
    with pytest.raises(InputError, match="profile must be"):
        load_profile(Path(name))


def test_what_a_plan_says_of_a_bad_file_is_one_line(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text('{"format": "isoloss-profile", "version": 1, "name": "\\u001b[2J\\n"}')
    with pytest.raises(InputError) as caught:
        hardware_of(str(path))
    assert caught.value.field == "gpu"
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_nobody_asked_for_is_not_kept(document):
    found = profile_from_bytes(changed(document, ("secret",), {"a": [1]}), "x")
    assert b"secret" not in profile_to_bytes(found)


def test_a_group_that_was_never_fitted_says_so(document):
    found = profile_from_bytes(changed(document, ("fits", 0, "roofline"), None), "x")
    assert "fit it again" in str(found.fits[0].roofline.reason)
