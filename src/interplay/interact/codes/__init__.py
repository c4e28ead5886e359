"""Item codes: a signed code on each thing that is sold, in batches, packed, sent, activated and scanned. 一物一码。

Start with `contracts.py`; `codec.py` says what a code is made of, `api.py` what can be done.
"""
