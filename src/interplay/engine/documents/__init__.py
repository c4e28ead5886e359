"""Documents: definitions as text files, every version kept, changed by plan and apply.

文档（即代码）。Start with `contracts.py`, then `api.py`.
"""
