"""Let people play: campaigns, and the mechanics that they are made of. 互动。"""
