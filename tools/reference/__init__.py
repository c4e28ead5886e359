"""The reference pages, made from the code: `python -m tools.reference` writes `docs/reference/`.

参考文档的生成。Start with `pages.py`; each other module makes one page.
"""
