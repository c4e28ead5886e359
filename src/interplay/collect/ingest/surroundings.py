"""What a fact's surroundings tell of it: the page it happened on, the campaign, the channel, the device, bots."""

from collections.abc import Mapping, Set
from functools import lru_cache

AGENTS_REMEMBERED_MAX = 4_096

PAGE_FIELDS = ("url", "path", "title", "referrer")
CAMPAIGN_FIELDS = {
    "source": "utm_source",
    "medium": "utm_medium",
    "name": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}

CHANNELS = {
    "analytics.js": "web",
    "RudderLabs JavaScript SDK": "web",
    "js": "web",
    "interplay.js": "web",
    "analytics-ios": "app",
    "analytics-swift": "app",
    "analytics-android": "app",
    "analytics-kotlin": "app",
    "analytics-react-native": "app",
    "analytics-flutter": "app",
    "rudder-ios-library": "app",
    "com.rudderstack.android.sdk.core": "app",
    "iOS": "app",
    "Android": "app",
    "HarmonyOS": "app",
    "Flutter": "app",
    "React Native": "app",
    "MiniProgram": "mini_program",
    "MiniGame": "mini_program",
    "AlipayMini": "mini_program",
    "BaiduMini": "mini_program",
    "BytedanceMini": "mini_program",
    "QQMini": "mini_program",
}
"""Which channel a sender's library serves. A library of servers tells nothing."""

BOTS = (
    "bot",
    "crawl",
    "spider",
    "slurp",
    "facebookexternalhit",
    "bingpreview",
    "headlesschrome",
    "phantomjs",
    "lighthouse",
    "pingdom",
    "uptimerobot",
    "python-requests",
    "curl/",
    "wget/",
)
"""Parts of user agents that are no people, in lower case."""
BOT = "bot"
PHONES = ("mobi", "iphone", "ipod", "phone; openharmony")
SYSTEMS = {"ios": "phone", "ipados": "tablet", "android": "phone", "harmonyos": "phone"}
DESKTOPS = ("windows nt", "macintosh", "x11", "cros ")


def fill(fields: dict[str, object], context: Mapping[str, object], declared: Set[str]) -> None:
    """Fill declared fields that the sender left out from the page and the campaign of the context, in place."""
    if type(page := context.get("page")) is dict:
        for name in PAGE_FIELDS:
            if name not in fields and type(value := page.get(name)) is str and name in declared:
                fields[name] = value
    if type(campaign := context.get("campaign")) is dict:
        for name, field in CAMPAIGN_FIELDS.items():
            if field not in fields and type(value := campaign.get(name)) is str and field in declared:
                fields[field] = value
    referrer = fields.get("referrer")
    if type(referrer) is str and "referrer_host" not in fields and "referrer_host" in declared:
        host = referrer.partition("://")[2].partition("/")[0]
        if host:
            fields["referrer_host"] = host


def fill_channel(fields: dict[str, object], library: object, declared: Set[str]) -> None:
    """Fill the channel from the sender's library, where that tells it."""
    if type(library) is str and "channel" not in fields and "channel" in declared and library in CHANNELS:
        fields["channel"] = CHANNELS[library]


def fill_device(fields: dict[str, object], user_agent: object, system: object, declared: Set[str]) -> None:
    """Fill what kind of device it was, or that it was a bot, from the user agent; an app's from its system."""
    kind = device_of(user_agent) if type(user_agent) is str else ""
    if not kind and type(system) is str:
        kind = SYSTEMS.get(system.lower(), "")
    if kind == BOT:
        if "is_bot" not in fields and "is_bot" in declared:
            fields["is_bot"] = True
    elif kind and "device_type" not in fields and "device_type" in declared:
        fields["device_type"] = kind


@lru_cache(maxsize=AGENTS_REMEMBERED_MAX)
def device_of(user_agent: str) -> str:
    """Return phone, tablet, desktop or bot; empty where a user agent tells nothing.

    Phones say "Mobi", Android without it is a tablet: MDN, "Browser detection using the user agent".
    """
    agent = user_agent.lower()
    if any(mark in agent for mark in BOTS):
        return BOT
    if "ipad" in agent or "tablet" in agent or ("android" in agent and "mobi" not in agent):
        return "tablet"
    if any(mark in agent for mark in PHONES):
        return "phone"
    return "desktop" if any(mark in agent for mark in DESKTOPS) else ""
