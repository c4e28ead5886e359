"""Words everybody uses: ids, time, money, errors, texts, settings and the World.

人人都用的词汇：标识、时间、金额、错误、文案、配置与 World。Start with `context.py`.
"""
