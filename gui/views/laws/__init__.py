"""Every law's answer to the plan's budget, side by side."""
