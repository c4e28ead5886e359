"""The catalogue of facts: their names, typed fields, which of them are personal, and how others call them.

事实目录。Start with `contracts.py`; the standard ones are in `standard/`.
"""
