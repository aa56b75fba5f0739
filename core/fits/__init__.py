"""A runs table becomes a law that says how sure it is."""
