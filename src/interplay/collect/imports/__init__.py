"""Files become facts: CSV, JSON lines and Parquet, read as a mapping document says.

文件导入：按映射文档把表格逐块变成事实。Start with `mapping.py` (what users write), then `api.py`.
"""
