"""Reports: what stands in them, in both languages, that a browser can show them, and what cannot be reported."""

from html.parser import HTMLParser

import pytest

from interplay.bootstrap.access import Access
from interplay.decide.experiments.contracts import Estimate
from interplay.faces.reports.charts import Bar, Interval, bars, intervals
from interplay.faces.reports.gathering import AskReport, gather
from interplay.faces.reports.page import page
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.rehearse.brand.api import owner
from interplay.rehearse.season.api import season
from tests.rehearse.season.test_season import UNTIL

LATER = Micros(UNTIL + 7 * DAY)
VOID = {"meta", "circle", "line", "rect"}


class Structure(HTMLParser):
    """Whether tags are closed in order, links lead somewhere, and nothing comes from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.outside = [], set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a":
            self.links.add(given["href"].removeprefix("#"))
        self.outside += [value for name, value in attrs if name in ("src", "srcset") or tag in ("script", "link")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports") / "season"
    told = season(folder, owner(), seed=3, people=600, until=UNTIL)
    with Access(folder) as access:
        yield access, told


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_campaign_brought_stands_first_and_every_number_leads_to_its_definition(played, lang):
    access, told = played
    found = gather(access, AskReport("thanks", at=LATER, lang=lang))
    values = {one.name: one.figure.value for one in found.metrics}
    assert values["campaign_reach"] == told.offered.people
    assert values["prizes_given"] == told.offered.people
    assert values["cost_total"] is None
    text = page(found)
    structure = Structure(text)
    assert (structure.open, structure.outside) == ([], [])
    assert structure.links <= structure.ids >= {one.name for one in found.metrics} | {"effects"}
    assert found.effects.conclusion.splitlines()[0].replace("'", "&#x27;") in text
    assert ("留出组" in text) == (lang == "zh")
    assert text.index("<h2>") < text.index("<svg") < text.index("</dl>")


@pytest.mark.slow
def test_the_difference_of_the_report_is_that_of_the_two_sides(played):
    access, told = played
    share, _ = gather(access, AskReport("thanks", at=LATER)).effects.metrics
    assert isinstance(share.compared[0].difference, Estimate)
    truth = told.offered.truth - told.held_out.truth
    assert share.compared[0].difference.low < truth < share.compared[0].difference.high


@pytest.mark.slow
def test_where_nobody_was_held_out_the_reason_stands_there_and_no_number(played):
    access, _ = played
    found = gather(access, AskReport("caps", at=LATER, lang="zh"))
    assert found.effects is None or found.effects.inconclusive is not None
    assert (found.why_not or found.effects.conclusion) in page(found)


@pytest.mark.slow
def test_a_period_stands_beside_the_one_before(played):
    access, _ = played
    found = gather(access, AskReport(at=Micros(UNTIL), lang="zh"))
    orders = next(one for one in found.metrics if one.name == "orders")
    assert (orders.figure.value > 0, orders.compared.figure.value) == (True, 0)
    assert "上期" in page(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (AskReport("autumn"), "reports.campaign"),
        (AskReport("thanks", margin=1.5), "reports.margin"),
        (AskReport("thanks", at=Micros(UNTIL - 300 * DAY)), "reports.begun"),
    ],
)
def test_what_cannot_be_reported_is_said(played, ask, code):
    with pytest.raises(AppError) as wrong:
        gather(played[0], ask)
    assert wrong.value.code == code
    assert wrong.value.text("zh") != wrong.value.text("en")


def test_a_chart_of_nothing_and_one_with_a_hostile_label_are_pictures():
    for text in (
        bars("", []), intervals("", []), bars("x", [Bar("<script>", None, is_open=True)]),
        intervals("<b>", [Interval("<i>&", 0.0, 0.0, 0.0, '"')]),
    ):  # fmt: skip
        assert Structure(text).open == []
        assert "<script" not in text
        assert "<b>" not in text
