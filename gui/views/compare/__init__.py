"""Every GPU and provider for the same budget: the request, the verdict, a table and a plot."""
