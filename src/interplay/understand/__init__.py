"""What are they like? Profiles and segments: questions about one customer or about all.

理解：顾客是怎样的人。Start with `segments`; one customer's past is in `profiles`.
"""
