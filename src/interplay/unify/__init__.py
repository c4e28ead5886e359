"""Who is it? Identifiers become subjects, subjects become customers.

统一：这是谁。Start with `identity`.
"""
