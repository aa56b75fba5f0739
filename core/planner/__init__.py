"""A budget, hardware and a law give one plan."""

from core.planner.curves import Curves, curves
from core.planner.grid import PlanGrid, plan_grid
from core.planner.plan import QUANTITIES, QUANTITY_OF, Plan, ShapeOption, TippingPoint, plan
from core.planner.request import By, PlanRequest

__all__ = [
    "QUANTITIES",
    "QUANTITY_OF",
    "By",
    "Curves",
    "Plan",
    "PlanGrid",
    "PlanRequest",
    "ShapeOption",
    "TippingPoint",
    "curves",
    "plan",
    "plan_grid",
]
