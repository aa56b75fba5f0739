"""The size that a budget buys on today's hardware: loss, speed and memory at once."""
