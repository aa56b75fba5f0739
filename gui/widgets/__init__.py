"""The controls that every view is built of; they know numbers and words, never a plan."""
