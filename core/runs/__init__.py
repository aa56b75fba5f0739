"""Training runs: loss against compute, one curve a run."""
