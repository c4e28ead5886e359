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
    "macao": "MO", "aomen": "MO", "xianggang": "HK", "neimenggu": "NM", "neimongol": "NM", "xizang": "XZ",
    "廣東": "GD", "廣西": "GX", "貴州": "GZ", "黑龍江": "HL", "江蘇": "JS", "遼寧": "LN", "內蒙古": "NM", "寧夏": "NX",
    "山東": "SD", "陝西": "SN", "甘肅": "GS", "雲南": "YN", "重慶": "CQ", "臺灣": "TW", "台灣": "TW", "澳門": "MO",
}  # fmt: skip
_NUMBERS = (
    "11BJ 12TJ 13HE 14SX 15NM 21LN 22JL 23HL 31SH 32JS 33ZJ 34AH 35FJ 36JX 37SD 41HA 42HB 43HN 44GD 45GX 46HI 50CQ"
    " 51SC 52GZ 53YN 54XZ 61SN 62GS 63QH 64NX 65XJ 71TW 81HK 82MO"
)  # GB/T 2260, as maps answer it: 440000; also ISO 3166-2 before 2017
_COUNTRY = "中国"
_SUFFIXES = (
    "特别行政区", "特別行政區", "维吾尔自治区", "維吾爾自治區", "壮族自治区", "壯族自治區", "回族自治区", "回族自治區",
    "自治区", "自治區", "省", "市", "province", "zhuangautonomousregion", "uygurautonomousregion",
    "uyghurautonomousregion", "huiautonomousregion", "autonomousregion", "specialadministrativeregion", "sar",
    "municipality", "city", "sheng", "shi", "zhuangzuzizhiqu", "weiwuerzizhiqu", "uygurzizhiqu", "huizuzizhiqu",
    "zizhiqu", "tebiexingzhengqu",
)  # fmt: skip
_OWN_PROVINCES = frozenset({"CN-BJ", "CN-CQ", "CN-SH", "CN-TJ", "CN-HK", "CN-MO"})
"""Cities that are provinces themselves."""

_CODES = {
    **{name: code for code, names in _CHINA.items() for name in (*names, f"cn{code}".lower())},
    **_ALSO,
    **{f"{one[:2]}0000": one[2:] for one in _NUMBERS.split()},
    **{f"cn{one[:2]}": one[2:] for one in _NUMBERS.split()},
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
    within = plain.removeprefix(_COUNTRY)
    for suffix in ("", *_SUFFIXES):
        if within.endswith(suffix) and (code := _CODES.get(within.removesuffix(suffix))):
            return f"CN-{code}"
    return plain.upper()
