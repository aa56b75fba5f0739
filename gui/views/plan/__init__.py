"""The plan: what one decides, why, and the answer."""
