"""How Isoloss looks: widgets render a Plan and edit a PlanRequest; no formula lives here."""
