"""What next, and how sure we are: who is held out, who gets which arm. 决策。"""
