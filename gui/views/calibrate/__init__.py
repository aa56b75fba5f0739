"""The calibrate view: measure one's own device, and keep what was found as a profile."""
