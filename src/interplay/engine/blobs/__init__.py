"""Blobs: bytes that are too large for a table, kept by their digest in a folder. 大文件存储。

`folder.py` is all there is. An object store would have the same four methods.
"""
