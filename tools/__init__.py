"""Programs that keep the house in order: lint rules of our own and the reference pages. Not shipped.

看管这座房子的程序：自己的检查规则与参考文档生成。Start with `lint/__main__.py`.
"""
