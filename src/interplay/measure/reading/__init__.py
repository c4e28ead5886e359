"""What several questions about facts in order share: which facts fit, whose they are, values of a field. 读取。

Start with `api.py`.
"""
