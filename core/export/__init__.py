"""A plan for elsewhere: spreadsheet, text, JSON, code."""
