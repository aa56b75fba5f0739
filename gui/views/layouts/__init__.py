"""Ways to split the plan's training over its GPUs."""
