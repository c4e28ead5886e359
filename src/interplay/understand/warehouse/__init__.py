"""The open warehouse: everything declared, as Parquet files that any tool reads.

开放数据仓库。Start with `api.py`.
"""
