"""What a plan for today's hardware says of itself in the window."""

from core.planner import By, PlanRequest, plan
from gui.views.plan.joint_wording import joint_size_text, sureness_text


def test_a_plan_without_intervals_says_why_and_claims_none():
    request = PlanRequest(
        by=By.USD, value=1.37, law="besiroglu-2024", gpu="h100_sxm", inference_tokens=1e10
    )
    found = plan(request)
    assert joint_size_text(found) == "No interval: at the slow end of the speed this pays for none"
    assert sureness_text(found).startswith("No intervals: at the slow end of the speed's own")
