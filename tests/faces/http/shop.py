"""What the shop of these tests has received and declared."""


def order(user: str, day: int, value: float) -> dict:
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": user,
        "messageId": f"{user}-{day}",
        "timestamp": f"2026-01-{day:02}T08:00:00Z",
        "properties": {"order_id": f"{user}-{day}", "total": value, "currency": "CNY", "colour": "red"},
    }


FACTS = [
    {
        "type": "identify",
        "userId": "li",
        "messageId": "i-li",
        "timestamp": "2026-01-01T08:00:00Z",
        "traits": {"city": "上海", "phone": "13800138000"},
    },
    order("li", 2, 25.5),
    order("li", 3, 30),
    order("wang", 4, 10),
    {
        "type": "track",
        "event": "Bean Tasted",
        "userId": "wang",
        "messageId": "t-1",
        "timestamp": "2026-01-05T08:00:00Z",
    },
]

TWICE = 'count("order.completed") >= 2'
DOCUMENTS = [
    {
        "kind": "segment",
        "name": "regulars",
        "criteria": TWICE,
        "label": {"zh": "常客", "en": "Regulars"},
        "live": False,
    },
    {
        "kind": "segment",
        "name": "others",
        "criteria": 'not segment("regulars")',
        "label": {"zh": "其他", "en": "Others"},
        "live": False,
    },
]
