"""What a report says, asked of the same questions as everything else."""

from msgspec import Struct

from interplay.bootstrap import campaigns as campaigning
from interplay.bootstrap.reach import Reach
from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskEffects, Effects
from interplay.interact.campaigns.api import CampaignView
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, from_micros, parse_instant
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import Against, AskMetrics, By, MetricSeen

OF_CAMPAIGNS = (
    "campaign_reach", "campaign_players", "campaign_plays", "prizes_given", "win_rate", "coupons_issued",
    "coupons_redeemed", "coupon_discount", "cost_of_rewards", "cost_total",
)  # fmt: skip
BY_DAY = "campaign_plays"
OF_PERIODS = (
    "visitors", "visits", "bounce_rate", "orders", "sales_net", "sales_online", "sales_store", "average_order_value",
    "buyers", "new_buyers", "repurchase_rate", "members_joined", "points_issued", "coupons_redeemed",
    "campaign_players", "cost_of_rewards", "cost_total",
)  # fmt: skip
PERIOD_BY_DAY = ("sales_net", "buyers", "visits")


class AskReport(Struct, frozen=True):
    """A campaign's report, or without one that of a period. `margin`: what is left of a unit of money."""

    campaign: str = ""
    since: Micros | None = None
    until: Micros | None = None
    margin: float | None = None
    at: Micros | None = None
    lang: Lang = "en"


class Report(Struct, frozen=True):
    """Everything that a report shows. `why_not`: why a campaign's effect cannot be told."""

    brand: str
    title: str
    about: str
    lang: Lang
    since: str
    until: str
    at: str
    metrics: tuple[MetricSeen, ...]
    by_day: tuple[MetricSeen, ...]
    effects: Effects | None = None
    why_not: str = ""
    currency: str = ""


def gather(reach: Reach, ask: AskReport) -> Report:
    """Return what a report shows. Raises AppError where there is nothing to report of."""
    if ask.margin is not None and not 0 < ask.margin <= 1:
        raise AppError("reports.margin", given=ask.margin)
    now = reach.home.world.now() if ask.at is None else ask.at
    return _of_campaign(reach, ask, now) if ask.campaign else _of_period(reach, ask, now)


def _of_campaign(reach: Reach, ask: AskReport, now: Micros) -> Report:
    view = next((one for one in campaigning.views(reach) if one.name == ask.campaign), None)
    if view is None or view.version is None:
        raise AppError("reports.campaign", status=404, given=ask.campaign)
    zone = reach.home.world.zone
    since = parse_instant(view.starts, zone) if ask.since is None else ask.since
    until = min(parse_instant(view.ends, zone), now) if ask.until is None else ask.until
    if since >= until:
        raise AppError("reports.begun", given=ask.campaign, starts=view.starts)
    only = {"campaign_id": ask.campaign}
    found, by_day = (
        reach.ask(metrics.ask, AskMetrics(names, since, until, by, only=only, at=now, lang=ask.lang))
        for names, by in ((OF_CAMPAIGNS, None), ((BY_DAY,), By.DAY))
    )
    effects, why_not = _effects(reach, ask, now)
    about = say(f"reports.state.{view.state.value}", ask.lang)
    return _report(reach, ask, _label(view, ask.lang), about, (since, until, now), found, by_day, effects, why_not)


def _of_period(reach: Reach, ask: AskReport, now: Micros) -> Report:
    until = now if ask.until is None else ask.until
    since = Micros(until - 30 * DAY) if ask.since is None else ask.since
    found = reach.ask(
        metrics.ask, AskMetrics(OF_PERIODS, since, until, against=Against.PREVIOUS, at=now, lang=ask.lang)
    )
    by_day = reach.ask(metrics.ask, AskMetrics(PERIOD_BY_DAY, since, until, By.DAY, at=now, lang=ask.lang))
    title = say("reports.period", ask.lang)
    return _report(reach, ask, title, "", (since, until, now), found, by_day, None, "")


def _report(
    reach: Reach, ask: AskReport, title: str, about: str, times: tuple[Micros, Micros, Micros],
    found: list[MetricSeen], by_day: list[MetricSeen], effects: Effects | None, why_not: str,
) -> Report:  # fmt: skip
    zone = reach.home.world.zone
    since, until, at = (from_micros(one).astimezone(zone).isoformat(" ", "minutes")[:16] for one in times)
    brand = reach.home.settings.brand
    return Report(
        brand.name, title, about, ask.lang, since, until, at, tuple(found), tuple(by_day), effects, why_not,
        brand.currency,
    )  # fmt: skip


def _effects(reach: Reach, ask: AskReport, now: Micros) -> tuple[Effects | None, str]:
    """Return what the campaign brought, or why that cannot be told."""
    for margin in dict.fromkeys((ask.margin, None)):
        try:
            found = reach.ask(experiments.ask, AskEffects(ask.campaign, margin=margin, at=now, lang=ask.lang))
        except AppError as wrong:
            if wrong.code == "effects.margin_metric":  # its goal has no amount of money: no profit then
                continue
            if wrong.code in ("effects.unknown", "effects.goal"):
                return None, wrong.text(ask.lang)
            raise
        return found, ""
    return None, ""


def _label(view: CampaignView, lang: Lang) -> str:
    return view.label.zh if lang == "zh" else view.label.en
