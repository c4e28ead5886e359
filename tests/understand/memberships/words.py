"""What tests of live segments have in common."""


def segment(name, criteria, **more):
    return {"kind": "segment", "name": name, "criteria": criteria, "label": {"zh": name, "en": name}, **more}
