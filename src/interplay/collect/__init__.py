"""What happened? Facts come in: by HTTP, from files, from tills, from scans.

采集：发生了什么。Start with `facts` (what facts there are), then `ingest` (the doors) and `imports` (files).
"""
