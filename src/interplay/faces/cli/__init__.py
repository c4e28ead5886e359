"""The command line: `interplay …`.

命令行。Start with `main.py`.
"""
