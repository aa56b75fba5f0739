"""Speeds measured on a person's own devices, in a process and a Python of their own."""
