"""A budget, hardware and a law give one plan."""

from core.planner.curves import Bands, Curves, bands, curves
from core.planner.grid import PlanGrid, plan_grid
from core.planner.plan import QUANTITIES, AnyPlan, Plan, ShapeOption, TippingPoint, plan
from core.planner.request import QUANTITY_OF, By, PlanRequest

__all__ = [
    "QUANTITIES",
    "QUANTITY_OF",
    "AnyPlan",
    "Bands",
    "By",
    "Curves",
    "Plan",
    "PlanGrid",
    "PlanRequest",
    "ShapeOption",
    "TippingPoint",
    "bands",
    "curves",
    "plan",
    "plan_grid",
]
