"""The local socket of a data directory: commands to its writer, questions to its warehouse.

本地套接字。Start with `contracts.py`.
"""
