"""Where things are kept: the exact state, the log, the columnar copy, keys, queues and timers.

引擎：数据存放之处。Start with `log/api.py`; the one writer is in `oltp/writer.py`.
"""
