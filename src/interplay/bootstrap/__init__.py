"""Where everything meets: the data directory, its two processes, and what is registered with what.

装配。Start with `home.py` (a data directory), `door.py` and `mind.py` (the two processes).
"""
