"""The routes of the management API, one file per thing that is asked about.

管理接口的路由。Each handler reads its request, asks one question and shapes the answer.
"""
