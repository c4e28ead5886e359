"""The report of the season's second campaign: what it cost and brought, beside what the generator knows."""

from pathlib import Path

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.contracts import Reported, Summary
from interplay.faces.cli.demo.layout import line, title
from interplay.faces.cli.demo.story import Folder, Story
from interplay.faces.cli.screen import console
from interplay.faces.reports.gathering import AskReport, gather
from interplay.faces.reports.page import page
from interplay.kernel.i18n import LANGS, Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY

CAMPAIGN, WINDOW_DAYS = "thanks", 7


def show(folder: Folder, story: Story) -> Reported:
    """Write the report in both languages, as of when everybody's window is over."""
    files: dict[str, str] = {}
    said: dict[str, str] = {}
    with Access(folder.caps) as access:
        for lang in LANGS:
            found = gather(access, AskReport(CAMPAIGN, at=Micros(story.until + WINDOW_DAYS * DAY), lang=lang))
            path = Path(folder.path) / f"report-{lang}.html"
            path.write_text(page(found), "utf-8")
            files[lang] = str(path)
            said[lang] = found.why_not if found.effects is None else found.effects.conclusion
            cost = next((one.figure.value for one in found.metrics if one.name == "cost_of_rewards"), None)
    return Reported(files, said, cost or 0.0)


def tell(summary: Summary, lang: Lang) -> None:
    """Print what the campaign cost and brought, and what is true."""
    told, season = summary.report, summary.caps
    title("demo.report", lang)
    line("demo.report.cost", lang, cost=told.cost)
    for sentence in told.said[lang].splitlines():
        console.print(f"  {sentence}", markup=False)
    line("demo.report.truth", lang, truth=100 * (season.offered.truth - season.held_out.truth))
    line("demo.report.file", lang, file=told.files[lang])
