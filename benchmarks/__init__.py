"""Measurements of the running site; each module is a command, and ``README.md`` says what they print."""
