"""Who and when: one small language for segments, triggers, eligibility and filters, with one meaning.

条件语言：谁、在什么时候。Start with `api.py`; the tree is in `contracts.py`.
"""
