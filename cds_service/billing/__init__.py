"""The core: facts, dated rules and the one function that puts them together.

No file, no clock, no network: it imports the standard library only, takes values and returns values.
"""
