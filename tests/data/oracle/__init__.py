"""Every metric computed a second time, with pandas, from the source files and the written definitions.

Nothing here uses the warehouse: no SQL, no spans, no surrogate keys.  A stock is found by looking at all that happened
up to the day; a bridge is a set of client ids.
"""
