"""The catalogue: GPUs, prices, grids, factors and published runs, with where each is from."""
