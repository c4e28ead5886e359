"""Provinces by one name, however a page writes them: 广东, 广东省, Guangdong and CN-GD are one. Pure.

Elsewhere than in China a province is what is said, without regard to case and spaces.
"""

_CHINA = {
    "AH": ("安徽", "anhui"),
    "BJ": ("北京", "beijing"),
    "CQ": ("重庆", "chongqing"),
    "FJ": ("福建", "fujian"),
    "GD": ("广东", "guangdong"),
    "GS": ("甘肃", "gansu"),
    "GX": ("广西", "guangxi"),
    "GZ": ("贵州", "guizhou"),
    "HA": ("河南", "henan"),
    "HB": ("湖北", "hubei"),
    "HE": ("河北", "hebei"),
    "HI": ("海南", "hainan"),
    "HK": ("香港", "hongkong"),
    "HL": ("黑龙江", "heilongjiang"),
    "HN": ("湖南", "hunan"),
    "JL": ("吉林", "jilin"),
    "JS": ("江苏", "jiangsu"),
    "JX": ("江西", "jiangxi"),
    "LN": ("辽宁", "liaoning"),
    "MO": ("澳门", "macau"),
    "NM": ("内蒙古", "innermongolia"),
    "NX": ("宁夏", "ningxia"),
    "QH": ("青海", "qinghai"),
    "SC": ("四川", "sichuan"),
    "SD": ("山东", "shandong"),
    "SH": ("上海", "shanghai"),
    "SN": ("陕西", "shaanxi"),
    "SX": ("山西", "shanxi"),
    "TJ": ("天津", "tianjin"),
    "TW": ("台湾", "taiwan"),
    "XJ": ("新疆", "xinjiang"),
    "XZ": ("西藏", "tibet"),
    "YN": ("云南", "yunnan"),
    "ZJ": ("浙江", "zhejiang"),
}  # ISO 3166-2:CN
_ALSO = {
    "macao": "MO",
    "neimenggu": "NM",
    "neimongol": "NM",
    "xizang": "XZ",
    "臺灣": "TW",
    "澳門": "MO",
    "xianggang": "HK",
}
_SUFFIXES = (
    "特别行政区", "特別行政區", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "province",
    "autonomousregion", "municipality", "sheng", "sar",
)  # fmt: skip
_OWN_PROVINCES = frozenset({"CN-BJ", "CN-CQ", "CN-SH", "CN-TJ", "CN-HK", "CN-MO"})
"""Cities that are provinces themselves."""

_CODES = {
    **{name: code for code, names in _CHINA.items() for name in (*names, f"cn{code}".lower())},
    **_ALSO,
}  # fmt: skip


def province_of(said: str, city: str = "") -> str:
    """Return a province by its ISO code, or as it was said; of a city that is one itself, too. Empty: not known."""
    found = _named(said)
    if found or not city:
        return found
    own = _named(city)
    return own if own in _OWN_PROVINCES else ""


def _named(said: str) -> str:
    plain = "".join(one for one in said.casefold() if one.isalnum())
    if not plain:
        return ""
    for suffix in ("", *_SUFFIXES):
        if plain.endswith(suffix) and (code := _CODES.get(plain.removesuffix(suffix))):
            return f"CN-{code}"
    return plain.upper()
