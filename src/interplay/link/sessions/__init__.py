"""Customer sessions: anonymous first, then signed in by the brand's own backend, a phone code or WeChat.

顾客会话。Start with `api.py`; how somebody signs in is in `exchange.py`, `phone.py` and `wechat.py`.
"""
