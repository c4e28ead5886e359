"""Did it work? What happened, what it brought, and how sure we are. 衡量。

Start with `funnels` or `cohorts`; `certainty` says how sure a number is, `reading` is what several questions share.
"""
