"""How people reach it: HTTP, the command line, notebooks.

入口。Start with `cli/main.py` or `http/app.py`.
"""
