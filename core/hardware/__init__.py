"""What one trains on: GPUs with their price and power."""
