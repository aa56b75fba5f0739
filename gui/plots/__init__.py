"""The two plots of the plan view and what they share: axes, colours, hover, export."""
