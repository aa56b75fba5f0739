"""Speed models: how many neFLO per second a GPU does on a model of some size."""
