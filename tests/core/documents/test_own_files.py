"""A person's own law and profile travel inside of the plan, as content and not as a path."""

import json
from pathlib import Path

import pytest

from core.calibration.profiles import import_profile
from core.documents.document import PlanDocument, document_from_bytes, document_to_bytes
from core.documents.places import embedded_folder
from core.errors import InputError
from core.planner import PlanRequest, plan


def sent(request):
    """What another person reads; the sender's files are not theirs."""
    return document_to_bytes(PlanDocument(request))


def test_an_own_law_comes_along_and_answers_alike(own_law):
    request = PlanRequest(law=str(own_law))
    before = plan(request).loss.value
    content = sent(request)
    assert str(own_law.parent) not in content.decode()
    own_law.unlink()
    again = document_from_bytes(content, "x").request
    assert Path(again.law).parent == embedded_folder()
    assert plan(again).loss.value == before
    assert document_to_bytes(PlanDocument(again)) == content


def test_an_own_profile_comes_along_and_answers_alike(own_profile):
    request = PlanRequest(gpu=str(own_profile), law="besiroglu-2024", value=1000.0)
    before = plan(request).loss.value
    content = sent(request)
    own_profile.unlink()
    again = document_from_bytes(content, "x").request
    assert Path(again.gpu).parent == embedded_folder()
    assert plan(again).loss.value == before
    assert document_to_bytes(PlanDocument(again)) == content


def test_a_profile_that_the_person_has_kept_is_found_again(own_profile):
    kept = import_profile(own_profile)
    content = sent(PlanRequest(gpu=str(own_profile), law="besiroglu-2024"))
    assert document_from_bytes(content, "x").request.gpu == str(kept.path)
    assert not embedded_folder().exists()


def test_the_same_content_is_kept_once(own_law):
    content = sent(PlanRequest(law=str(own_law)))
    first = document_from_bytes(content, "x").request
    assert document_from_bytes(content, "y").request == first
    assert len(list(embedded_folder().iterdir())) == 1


def test_a_file_in_the_folder_that_says_something_else_is_not_believed(own_law):
    content = sent(PlanRequest(law=str(own_law)))
    kept = Path(document_from_bytes(content, "x").request.law)
    kept.write_bytes(b"tampered")
    assert Path(document_from_bytes(content, "x").request.law).read_bytes() != b"tampered"


@pytest.mark.parametrize(
    ("what", "place", "value"),
    [
        ("law", ("format",), "isoloss-plan"),
        ("law", ("coefficients", "A"), 1e999),
        ("law", ("coefficients", "A"), -1),
        ("law", ("coefficients",), [1, 2]),
        ("law", ("version",), 9),
        ("gpu", ("format",), "isoloss-law"),
        ("gpu", ("calibration",), {}),
        ("gpu", ("fits",), []),
    ],
)
def test_what_is_embedded_is_checked_by_its_own_reader(own_law, own_profile, what, place, value):
    values = json.loads(sent(PlanRequest(law=str(own_law), gpu=str(own_profile), value=1000.0)))
    inside = values["embedded"][what]
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = value
    with pytest.raises(InputError):
        document_from_bytes(json.dumps(values).encode(), "x.isoloss")
    assert not embedded_folder().exists()


def test_a_path_beside_what_is_embedded_is_refused(own_law):
    values = json.loads(sent(PlanRequest(law=str(own_law))))
    values["request"]["law"] = "/etc/passwd"
    with pytest.raises(InputError) as refused:
        document_from_bytes(json.dumps(values).encode(), "x.isoloss")
    assert refused.value.field == "request.law in x.isoloss"


def test_a_law_that_is_gone_cannot_be_saved(own_law):
    request = PlanRequest(law=str(own_law))
    own_law.unlink()
    with pytest.raises(InputError, match=r"^law must be"):
        sent(request)
