"""What a plan file says comes back; nothing else gets in."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents.document import (
    MOST_BYTES,
    NewerError,
    PlanDocument,
    document_from_bytes,
    document_to_bytes,
)
from core.documents.migrations import STEPS, VERSION
from core.errors import InputError
from core.laws.library import laws
from core.planner import By, PlanRequest, plan

V1 = {
    "format": "isoloss-plan",
    "version": 1,
    "saved_with": "0.0.9",
    **{"by": "usd", "value": 100, "gpu": "P100", "precision": "O1", "law": "txl-wikitext103"},
    **{"price_usd_per_gpu_hour": 1.5, "measured_watts": None, "carbon_kg_per_kwh": None},
}
FIELDS_2 = (
    "by value gpu precision law price_usd_per_gpu_hour measured_watts carbon_kg_per_kwh "
    "flat_tolerance speed family vocab seq_len n_gpus gpus_per_node stack phi micro_batch "
    "recompute sharding tp pp optimizer batch_tokens goodput provider spot idle_hours "
    "storage_gb_months usd_per_gb_month load_factor host_share pue zone unique_tokens "
    "inference_tokens deadline_hours cap_usd cap_kwh cap_co2_kg"
)
DOCUMENT = PlanDocument(PlanRequest(), {"loss": 3.19, "usd": 24.06})
VALUES = json.loads(document_to_bytes(DOCUMENT))


def read(values, file="x.isoloss"):
    return document_from_bytes(json.dumps(values).encode(), file)


def changed(place, value):
    values = json.loads(json.dumps(VALUES))
    *way, last = place.split(".")
    inside = values
    for name in way:
        inside = inside[name]
    if value is ...:
        del inside[last]
    else:
        inside[last] = value
    return values


def test_a_field_more_of_the_request_needs_a_version_more_of_the_file():
    """Add the field to FIELDS_2 before version 2 is released; later raise VERSION and migrate."""
    assert VERSION == 2
    assert " ".join(field.name for field in fields(PlanRequest)) == FIELDS_2


positive = st.floats(1e-3, 1e6)
REQUESTS = st.builds(
    PlanRequest,
    by=st.sampled_from(By),
    value=positive,
    gpu=st.sampled_from(["V100", "P100", "K80"]),
    precision=st.sampled_from(["auto", "O0", "O1", "O2"]),
    law=st.sampled_from(sorted(laws())),
    price_usd_per_gpu_hour=st.none() | positive,
    measured_watts=st.none() | positive,
    carbon_kg_per_kwh=st.none() | positive,
    flat_tolerance=st.floats(1e-6, 0.5),
) | st.builds(
    PlanRequest,
    by=st.sampled_from(By),
    value=positive,
    gpu=st.sampled_from(["h100_sxm", "a100_sxm_80", "rtx4090", "any"]),
    law=st.just("besiroglu-2024"),
    family=st.none() | st.sampled_from(["llama", "gpt2"]),
    seq_len=st.none() | st.integers(128, 8192),
    n_gpus=st.integers(1, 10_000),
    phi=st.none() | st.floats(1.0, 3.0),
    micro_batch=st.none() | st.integers(1, 64),
    sharding=st.none() | st.sampled_from(["none", "zero1", "fsdp"]),
    goodput=st.floats(0.1, 1.0),
    idle_hours=st.floats(0, 100),
    unique_tokens=st.none() | st.floats(1e6, 1e15),
    inference_tokens=st.floats(0, 1e15),
    deadline_hours=st.none() | positive,
    cap_usd=st.none() | positive,
    zone=st.none() | st.sampled_from(["FRA", "DEU"]),
)


@given(REQUESTS, st.dictionaries(st.sampled_from(["loss", "usd", "hours"]), positive))
def test_any_request_of_the_window_comes_back_byte_for_byte(request, answers):
    document = PlanDocument(request, answers)
    content = document_to_bytes(document)
    again = document_from_bytes(content, "x.isoloss")
    assert again.request == request
    assert again.answers == answers
    assert document_to_bytes(again) == content


def test_whole_numbers_for_hours_are_saved_as_the_window_saves_them():
    assert document_to_bytes(PlanDocument(PlanRequest(value=12))) == document_to_bytes(
        PlanDocument(PlanRequest(value=12.0))
    )


def test_a_file_of_version_1_means_what_it_meant_then():
    document = read(V1)
    assert document.version == 1
    assert document.saved_with == "0.0.9"
    expected = PlanRequest(By.USD, 100.0, "P100", "O1", price_usd_per_gpu_hour=1.5)
    assert document.request == expected
    assert plan(document.request).loss.value == plan(expected).loss.value


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"n_gpus": 8}, "n_gpus"),
        ({"value": None}, "value"),
        ({"value": -1}, "request.value"),
        ({"gpu": "h200_nothing"}, "request.gpu"),
    ],
)
def test_a_file_of_version_1_is_checked_as_strictly(changes, field):
    with pytest.raises(InputError) as refused:
        read({**V1, **changes})
    assert refused.value.field == f"{field} in x.isoloss"


def test_every_older_version_has_a_step_to_the_next():
    assert sorted(STEPS) == list(range(1, VERSION))


def test_a_newer_file_says_who_made_it_and_what_to_do():
    with pytest.raises(NewerError, match=r"newer Isoloss \(9\.1\), update") as refused:
        read({**VALUES, "version": 3, "saved_with": "9.1", "news": 1})
    assert refused.value.field == "version in x.isoloss"


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        ("format", "isoloss-law", "format"),
        ("version", ..., "version"),
        ("version", True, "version"),
        ("version", "2", "version"),
        ("version", 0, "version"),
        ("saved_with", ["1"], "saved_with"),
        ("request", ..., "request"),
        ("request", [], "request"),
        ("request.value", ..., "request.value"),
        ("request.value", None, "request.value"),
        ("request.value", "12", "request.value"),
        ("request.value", True, "request.value"),
        ("request.value", 10**400, "request.value"),
        ("request.value", float("inf"), ""),
        ("request.value", float("nan"), ""),
        ("request.value", -3, "request.value"),
        ("request.value", 0, "request.value"),
        ("request.by", "weeks", "request.by"),
        ("request.by", ["hours"], "request.by"),
        ("request.n_gpus", 1.5, "request.n_gpus"),
        ("request.n_gpus", 0, "request.n_gpus"),
        ("request.n_gpus", 10**30, "request.n_gpus"),
        ("request.spot", 1, "request.spot"),
        ("request.spot", None, "request.spot"),
        ("request.goodput", 2, "request.goodput"),
        ("request.precision", "O9", "request.precision"),
        ("request.price_usd_per_gpu_hour", -1, "request.price_usd_per_gpu_hour"),
        ("request.flat_tolerance", 1.5, "request.flat_tolerance"),
        ("request.value_hours", 12, "request.value_hours"),
        ("request.law", "mine", "request.law"),
        ("request.law", "embedded", "request.law"),
        ("request.gpu", "embedded", "request.gpu"),
        ("request.gpu", None, "request.gpu"),
        ("answers.loss", "low", "answers.loss"),
        ("answers", [3], "answers"),
        ("embedded.code", {}, "embedded.code"),
        ("embedded.law", "import os", "embedded.law"),
        ("extra\x00\ud800", 1, "extra??"),
    ],
)
def test_what_is_no_plan_is_refused_by_its_field(place, value, field):
    with pytest.raises(InputError) as refused:
        read(changed(place, value))
    assert refused.value.field == (f"{field} in x.isoloss" if field else "x.isoloss")
    assert len(str(refused.value)) < 1200
    str(refused.value).encode()


def recording(method, looked):
    def record(path, *arguments, **options):
        looked.append(str(path))
        return method(path, *arguments, **options)

    return record


@pytest.mark.parametrize("field", ["gpu", "law"])
@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "/dev/zero", "../../secret.json", "\\\\server\\share\\law.isoloss-law"),
        *("//server/share/x.json", "C:\\x.json", "file:///etc/passwd", "mine.isoloss-law"),
        *("h100_sxm\x00.json", "~/x.json", "notes.txt"),
    ],
)
def test_no_path_in_a_file_is_ever_looked_at(field, path, tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("private")
    monkeypatch.chdir(tmp_path)
    looked = []
    for name in ("is_file", "stat", "open", "exists", "read_bytes"):
        monkeypatch.setattr(Path, name, recording(getattr(Path, name), looked))
    content = json.dumps(changed(f"request.{field}", path)).encode()
    with pytest.raises(InputError) as refused:
        document_from_bytes(content, "x.isoloss")
    monkeypatch.undo()
    assert refused.value.field == f"request.{field} in x.isoloss"
    assert (
        looked or field == "law" or "\x00" in path
    )  # the person's own catalogue: the recorder works
    assert [one for one in looked if Path(one).name == Path(path).name] == []


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b" \n", b"null", b"[]", b"42", b"not json", b"\xff\xfe{}", b"\x80"),
        *(b"[" * 100_000, b'{"a":' * 100_000, b"{" * 999, b" " * (MOST_BYTES + 1)),
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"format": "isoloss-plan", "format": "isoloss-plan"}',
        b'{"format": "isoloss-plan", "version": ' + b"9" * 5000 + b"}",
        b'{"format": "isoloss-plan", "version": ' + b"9" * 400 + b"}",
        b'{"format": "isoloss-plan", "version": 1, "by": "hours", "gpu": "V100", "value": 1e999}',
        b'{"format": "isoloss-plan", "version": 2, "request": {"value": NaN}}',
    ],
)
def test_content_that_is_no_plan_at_all_is_refused(content):
    with pytest.raises(InputError) as refused:
        document_from_bytes(content, "x.isoloss")
    assert "x.isoloss" in str(refused.value)
    assert len(str(refused.value)) < 400


def test_a_byte_order_mark_is_no_damage():
    assert document_from_bytes(b"\xef\xbb\xbf" + document_to_bytes(DOCUMENT), "x") == DOCUMENT


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([1e999, 10**400, "../../etc/passwd", "/dev/zero", "embedded", "any"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@settings(max_examples=400)
@given(st.data())
def test_any_value_in_any_field_is_read_or_refused(data):
    values = json.loads(json.dumps(data.draw(st.sampled_from([VALUES, V1]))))
    inside = values
    while True:
        name = data.draw(st.sampled_from(sorted(inside)))
        if not (isinstance(inside[name], dict) and inside[name] and data.draw(st.booleans())):
            break
        inside = inside[name]
    inside[name] = data.draw(JSON)
    try:
        document = read(values)
    except InputError as error:
        str(error).encode()
    else:
        assert document_from_bytes(document_to_bytes(document), "x").request == document.request


@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_and_any_json_are_refused(content):
    with pytest.raises(InputError):
        document_from_bytes(content, "x")


def test_a_document_that_cannot_be_read_again_is_not_written():
    with pytest.raises(InputError, match="finite"):
        document_to_bytes(replace(DOCUMENT, answers={"loss": float("nan")}))
