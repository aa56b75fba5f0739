"""The fit view: a person's own runs, a law fitted to them, and how sure it is."""
