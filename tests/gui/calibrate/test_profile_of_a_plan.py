"""A profile that came inside of a plan file is on offer as one's own are."""

from core.calibration.profile_file import save_profile
from core.documents.document import PlanDocument
from core.documents.store import save_plan
from core.planner import PlanRequest


def test_a_profile_that_came_with_a_plan_can_be_planned_with(window, tmp_path, some_profile):
    own = tmp_path / "theirs.json"
    save_profile(some_profile("theirs"), own)
    path = tmp_path / "theirs.isoloss"
    save_plan(path, PlanDocument(PlanRequest(value=1e4, gpu=str(own), law="besiroglu-2024")))
    own.unlink()
    window.documents.open(path)
    assert window.session.plan.known.gpu.name == "theirs"
    gpu = window.plan_view.inputs.hardware.gpu
    assert gpu.choice() == window.session.request.gpu
    window.plan_view.inputs.hardware.refresh_gpus()
    assert gpu.choice() == window.session.request.gpu
    assert not window.isWindowModified()
