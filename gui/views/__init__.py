"""The rooms of the window, one a tab."""
