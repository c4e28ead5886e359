"""`python -m bench`: how fast it is, each figure beside a limit that is measured in the same run.

性能测量。Start with `__main__.py`; one module per row of the report: `posts`, `files`, …
"""
