"""The published data sets through the command line, from a file to counted and explained segments."""

import csv
import json
import os
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import parquet
from scipy import stats
from typer.testing import CliRunner

from interplay.acts import api as acts
from interplay.bootstrap.home import open_home
from interplay.collect.facts.api import Declarations
from interplay.criteria.api import CustomerHistory, closure, parse
from interplay.engine.log.read import LogReader
from interplay.faces.cli.main import app
from interplay.kernel.time import parse_instant
from interplay.understand.segments.vocabulary import BrandVocabulary
from interplay.unify.identity.api import customer_of
from tests.postgresql import empty_url

DATA = Path(os.environ.get("INTERPLAY_DATA", ""))
EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.name, reason="INTERPLAY_DATA does not name the folder with the data"),
]

AT = "2011-12-10T00:00:00Z"
LOYAL = 'count("order.completed", within="90d") >= 3 and sum("order.completed", "value", within="365d") > 100000'
LAPSED = 'last("order.completed") < ago("180d")'
ANSWERS = {LOYAL: (648, 0), LAPSED: (861, 33)}
CUSTOMERS = 4_372


class Brand:
    def __init__(self, folder, *options):
        self.folder = folder
        self.run("init", folder / "data", "--brand", "Real", *options)

    def run(self, *args):
        done = CliRunner().invoke(app, [str(arg) for arg in args])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def ask(self, *args):
        return json.loads(self.run("--data", self.folder / "data", *args, "--json"))

    def imported(self, file, mapping, *options):
        rejects = self.folder / "rejects.jsonl"
        done = self.ask("import", DATA / file, "--mapping", EXAMPLES / mapping, "--rejects", rejects, *options)
        lines = [json.loads(line) for line in rejects.read_text().splitlines()] if rejects.exists() else []
        return done, lines

    def count(self, criteria, at=AT):
        answer = self.ask("segments", "count", criteria, "--at", at)
        return answer["count"], answer["unknown"], answer["population"]

    def rewards(self):
        """Return what customers hold by the ledger, when every invariant of it holds."""
        home = open_home(self.folder / "data")
        assert acts.check(home.database) == []
        held = acts.totals(home.database, "reward")["customers"]
        home.close()
        return held

    def counts(self):
        """Return how many facts of each name the log has."""
        home = open_home(self.folder / "data")
        with closing(LogReader(home.database)) as reader:
            found = reader.counts()
        home.close()
        return found

    def log(self):
        """Yield (row, customer or None, occurrence, trait changes) of every fact of the log."""
        home = open_home(self.folder / "data")
        projector = Declarations(home.database, home.settings.brand, home.keys).current().projector
        customers: dict[int, int] = {}
        with closing(LogReader(home.database)) as reader:
            after = 0
            while rows := reader.read(after, 5_000):
                for row in rows:
                    payload = projector.payload(row)
                    customer = row.subject
                    if customer is not None and customer not in customers:
                        customers[customer] = customer_of(home.database, customer)[0]
                    occurrence, changes = projector.occurrence(row, payload), projector.trait_changes(row, payload)
                    yield row, customers.get(row.subject), occurrence, changes
                after = rows[-1].position
        home.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def retail(tmp_path_factory, request):
    options = ["--timezone", "Europe/London", "--currency", "GBP", "--region", "GB"]
    if request.param == "postgresql":
        options += ["--database", empty_url()]
    brand = Brand(tmp_path_factory.mktemp("retail"), *options)
    brand.first, brand.rejects = brand.imported("online_retail/online_retail.parquet", "online_retail/mapping.yaml")
    return brand


def test_monthly_cohorts_of_the_wholesaler(retail):
    """The published triangle of this data set: month 0 is that of the first order, so 340 is month 3, March 2011."""
    found = retail.ask("cohorts", "order.completed", "--per", "month", "--from", "2010-12-01", "--at", AT)
    sizes = [one["customers"] for one in found["cohorts"]]
    assert sizes == [885, 417, 380, 452, 300, 284, 242, 188, 169, 299, 358, 324, 41]
    assert (found["since"], found["customers"]) == ("2010-12-01T00:00:00Z", sum(sizes))
    first = found["cohorts"][0]["cells"]
    assert [one["returned"]["count"] for one in first][1:4] == [324, 286, 340]
    assert [one["returned"]["of"] for one in first] == [885] * 12 + [0]
    assert (first[12]["open"], first[12]["returned"]["share"]) == (885, None), "December 2011 is not over"


def test_every_invoice_is_one_fact_and_the_others_are_rejected_with_the_reason(retail):
    assert (retail.first["rows"], retail.first["stored"], retail.first["duplicates"]) == (541_909, 25_897, 0)
    assert retail.counts() == {"order.completed": 22_061, "order.refunded": 3_836}
    assert len(retail.rejects) == 3
    assert all("an adjustment for bad debt is not an order" in line["reason"]["en"] for line in retail.rejects)


def test_the_orders_and_refunds_are_worth_what_they_are_worth(retail):
    known, anonymous, worth = Counter(), Counter(), Counter()
    customers = set()
    for row, customer, occurrence, _ in retail.log():
        if customer is None:
            anonymous[row.name] += 1
            continue
        customers.add(customer)
        known[row.name] += 1
        worth[row.name] += occurrence.fields["value"]
    assert len(customers) == CUSTOMERS
    assert known == {"order.completed": 18_536, "order.refunded": 3_654}
    assert anonymous == {"order.completed": 3_525, "order.refunded": 182}
    assert worth == {"order.completed": 891_140_790, "order.refunded": 61_134_209}


@pytest.mark.parametrize("criteria", ANSWERS)
def test_the_segments_have_the_known_sizes(retail, criteria):
    assert retail.count(criteria) == (*ANSWERS[criteria], CUSTOMERS)


def test_the_closure_fed_fact_by_fact_gives_the_same_answers(retail):
    people: dict[int, CustomerHistory] = {}
    for _, customer, occurrence, changes in retail.log():
        if customer is not None:
            past = people.setdefault(customer, CustomerHistory(customer))
            past.add(occurrence)
            for change in changes:
                past.change(change)
    home = open_home(retail.folder / "data")
    declared = Declarations(home.database, home.settings.brand, home.keys).current().declared
    words = BrandVocabulary(declared, [], {}, home.settings.brand)
    now = parse_instant(AT, home.world.zone)
    for criteria, (count, unknown) in ANSWERS.items():
        holds = closure(parse(criteria, words, home.world.zone), words)
        answers = Counter(holds(past, now) for past in people.values())
        assert (answers[True], answers[None], answers.total()) == (count, unknown, CUSTOMERS)
    home.close()


def test_an_explanation_agrees_with_the_count(retail):
    (member,) = retail.ask("segments", "members", LOYAL, "--at", AT, "--limit", "1")
    who = f"{member['kind']}:{member['value']}"
    explained = retail.ask("segments", "explain", LOYAL, "--customer", who, "--at", AT)
    assert explained["answer"] is True
    assert len(explained["sentences"]) >= 2


def test_a_second_import_changes_nothing_and_a_rebuild_neither(retail):
    again, _ = retail.imported("online_retail/online_retail.parquet", "online_retail/mapping.yaml")
    assert (again["stored"], again["duplicates"]) == (0, 25_897)
    retail.run("--data", retail.folder / "data", "rebuild")
    assert {criteria: retail.count(criteria)[:2] for criteria in ANSWERS} == ANSWERS
    assert all(one["is_well"] for one in retail.ask("doctor"))


def test_the_rewards_programme_gives_each_completion_its_reward_once(tmp_path):
    brand = Brand(tmp_path, "--timezone", "UTC", "--currency", "USD", "--region", "US")
    (tmp_path / "documents").mkdir()
    for name in ("facts.yaml", "rewards.yaml"):
        (tmp_path / "documents" / name).write_bytes((EXAMPLES / "starbucks" / name).read_bytes())
    brand.run("--data", tmp_path / "data", "apply", tmp_path / "documents")
    folder = DATA / "starbucks_rewards"
    (profile,), (transcript,) = folder.glob("profile*"), folder.glob("transcript*")
    for turn in range(2):
        members, _ = brand.imported(profile, "starbucks/profile.yaml")
        happened, rejects = brand.imported(transcript, "starbucks/transcript.yaml", "--with-effects")
        assert happened["effects"]["given"] == (
            None if turn else {"facts": 33_579, "refunds": 0, "refused": 0, "amounts": {"reward": 164_676}}
        )
        assert (members["stored"], happened["stored"]) == ((0, 0) if turn else (17_000, 306_534))
        assert rejects == []
    assert brand.counts() == {
        "customer.identified": 17_000, "offer.received": 76_277, "offer.viewed": 57_725,
        "offer.completed": 33_579, "order.completed": 138_953, "points.earned": 33_579,
    }  # fmt: skip
    assert brand.rewards() == 164_676
    brand.run("--data", tmp_path / "data", "rebuild")
    assert brand.rewards() == 164_676, "nothing is given again"
    sums = Counter()
    for row, _, occurrence, _ in brand.log():
        sums[row.name] += occurrence.fields.get("value", 0) + occurrence.fields.get("reward", 0)
        sums[row.name] += occurrence.fields.get("amount", 0)
    assert sums["order.completed"] == 177_545_197
    assert (sums["offer.completed"], sums["points.earned"]) == (16_467_600, 164_676)
    later = "2018-09-15T00:00:00Z"
    assert brand.count("missing(profile.age)", later) == (2_175, 0, 17_000)
    assert brand.count("missing(profile.gender) and missing(profile.income)", later)[0] == 2_175
    steps = "offer.received > offer.viewed > offer.completed"
    linked = brand.ask("funnel", steps, "--from", "2018-08-01", "--at", later, "--linked", "offer_id")
    rows = parquet.read_table(transcript, columns=["person", "offer_id", "time_h", "event"]).to_pylist()
    offers = [((row["person"], row["offer_id"]), row["time_h"], row["event"]) for row in rows if row["offer_id"]]
    names = ("offer received", "offer viewed", "offer completed")
    by_offer = came(offers, names, 7 * 24)
    assert linked["items"] == {"steps": by_offer, "unlinked": 0}
    assert by_offer[0] > 60_000 > by_offer[1] > by_offer[2] > 10_000


def test_the_shoppers_stream(tmp_path):
    brand = Brand(tmp_path)
    for turn in range(2):
        done, rejects = brand.imported("taobao_userbehavior/UserBehavior.csv", "taobao/mapping.yaml")
        assert (done["stored"], done["duplicates"]) == ((0, 84_475) if turn else (84_475, 0))
        assert [line["line"] for line in rejects] == [84_476]
    assert brand.counts() == {
        "product.viewed": 75_872, "cart.added": 4_497, "wishlist.added": 2_356, "order.completed": 1_750,
    }  # fmt: skip
    assert brand.count('count("product.viewed") >= 0', "2017-12-04")[2] == 815
    during = 'count("product.viewed", between=("2017-11-25", "2017-12-04")) >= 1'
    assert brand.count(during, "2017-12-04")[0] <= 815
    steps, period = "product.viewed > cart.added > order.completed", ("--from", "2017-11-25", "--until", "2017-12-04")
    rows = [row.split(",") for row in (DATA / "taobao_userbehavior/UserBehavior.csv").read_text().splitlines()[:-1]]
    begins, ends = 1_511_539_200, 1_512_316_800  # 2017-11-25 and 2017-12-04 in Shanghai
    for days in (1, 7):
        found = brand.ask("funnel", steps, "--within", f"{days}d", *period, "--at", "2018-01-01")
        people = [(row[0], int(row[4]), row[3]) for row in rows]
        assert funnel_of(found) == came(people, ("pv", "cart", "buy"), days * 86_400, begins, ends)
    found = brand.ask("funnel", steps, *period, "--at", "2018-01-01", "--linked", "product_id")
    items = [((row[0], row[1]), int(row[4]), row[3]) for row in rows]
    by_item = came(items, ("pv", "cart", "buy"), 7 * 86_400, begins, ends)
    assert found["items"] == {"steps": by_item, "unlinked": 0}
    assert by_item[0] > 50_000 > by_item[1] > by_item[2] > 50


def funnel_of(found):
    return [step["customers"] for step in found["steps"]]


def came(facts, steps, span, begins=0, ends=2**62):
    """Return how many come to each step, by trying every first step. Facts are (whose, at, name), in their order."""
    pasts = defaultdict(list)
    for number, (who, at, name) in enumerate(facts):
        pasts[who].append((at, number, name))
    counts = [0] * len(steps)
    for past in pasts.values():
        past.sort()
        best = max((_level(past[row:], steps, span) for row, one in enumerate(past)
                    if one[2] == steps[0] and begins <= one[0] < ends), default=0)  # fmt: skip
        for step in range(best):
            counts[step] += 1
    return counts


def _level(past, steps, span):
    level = 0
    for at, _, name in past:
        if at > past[0][0] + span or level == len(steps):
            break
        level += name == steps[level]
    return level


E_MAILS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")


@pytest.fixture(scope="module")
def e_mails(tmp_path_factory):
    """Hillstrom's experiment; its rows are numbered first, since they have no number of a customer."""
    folder = tmp_path_factory.mktemp("hillstrom")
    header, *rows = (DATA / "hillstrom" / "hillstrom.csv").read_text().splitlines()
    numbered = [f"customer,{header}", *(f"{number},{row}" for number, row in enumerate(rows, 1))]
    (folder / "numbered.csv").write_text("\n".join(numbered))
    brand = Brand(folder, "--timezone", "UTC", "--currency", "USD", "--region", "US")
    brand.first, _ = brand.imported(folder / "numbered.csv", "hillstrom/mapping.yaml")
    brand.rows = list(csv.DictReader([header, *rows]))
    return brand


def effects(brand, *metrics):
    asked = [word for one in metrics for word in ("--metric", one)]
    planned = ",".join(f"{arm}=1" for arm in E_MAILS)
    return brand.ask("effects", "e-mail", *asked, "--within", "14d", "--planned", planned, "--looks", "once")


def test_the_two_e_mails_brought_what_is_known_of_them(e_mails):
    """Rates and amounts are those that are published of the data; intervals are scipy's of its rows."""
    assert e_mails.first["stored"] == 64_000 + 9_394 + 578
    visits, spend = effects(e_mails, "share(page.viewed)", "sum(order.completed, value)")["metrics"]
    assert [round(100 * one["value"], 3) for one in visits["arms"]] == [10.617, 18.276, 15.14]
    assert [round(one["value"] / 100, 4) for one in spend["arms"]] == [0.6528, 1.4226, 1.0772]
    for metric, field, unit in ((visits, "visit", 1), (spend, "spend", 100)):
        arms = {arm: [unit * float(row[field]) for row in e_mails.rows if row["segment"] == arm] for arm in E_MAILS}
        for compared in metric["compared"]:
            difference, lift = compared["difference"], compared["lift"]
            known = stats.ttest_ind(arms[compared["arm"]], arms[E_MAILS[0]], equal_var=False).confidence_interval()
            assert (difference["low"], difference["high"]) == pytest.approx(tuple(known), rel=1e-3)
            assert compared["verdict"] == "more"
            one, base = (sum(arms[arm]) / len(arms[arm]) for arm in (compared["arm"], E_MAILS[0]))
            assert lift["value"] == pytest.approx(one / base - 1)
            assert 0 < lift["low"] < lift["value"] < lift["high"]


def test_the_two_e_mails_were_sent_to_as_many_as_planned(e_mails):
    found = effects(e_mails, "share(page.viewed)")
    sizes = Counter(row["segment"] for row in e_mails.rows)
    assert {one["arm"]: one["customers"] for one in found["arms"]} == sizes
    assert found["sample_ratio"]["p_value"] == pytest.approx(stats.chisquare([sizes[arm] for arm in E_MAILS]).pvalue)
    assert not found["sample_ratio"]["is_mismatch"]


def test_the_paths_of_a_file_have_the_credits_that_are_known(tmp_path):
    brand = Brand(tmp_path)
    found = {
        one["channel"]: {model: credit["conversions"] for model, credit in one["credits"].items()}
        for one in brand.ask("attribution", "--paths", str(DATA / "channelattribution/Data.csv"))
    }
    known = {
        "first": {"eta": 3_164, "iota": 4_606, "alpha": 6_308},
        "last": {"eta": 4_167, "iota": 3_355, "alpha": 8_447},
        "linear": {"eta": 3_539.951, "iota": 3_857.096, "alpha": 7_574.719},
        "markov": {"alpha": 5_344.95, "iota": 3_884.61, "eta": 3_340.85, "beta": 2_527.35},
    }
    for model, channels in known.items():
        digits = 3 if model == "linear" else 2
        assert {name: round(found[name][model], digits) for name in channels} == pytest.approx(channels, abs=0.006)
        assert sum(one[model] for one in found.values()) == pytest.approx(19_785)
