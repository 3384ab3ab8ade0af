"""The built site in a real browser: nothing it shows may ask another machine."""

import html
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect, sync_playwright

import mmcourse

ROOMS = ("layers", "losses", "models", "evaluation", "training", "data", "pretrained")
SITE = Path(__file__).parents[2] / "build" / "site"
LESSON = "notebooks/00_start_here.html"
LAYER = "reference/names/mmcourse.layers.LowRankFusion.html"
SHAPLEY = "reference/names/mmcourse.evaluation.shapley.html"
LARGEST = 1_500_000  # bytes of a lesson's page with its figures and sounds; style, scripts and fonts load once for all
SYSTEM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=SYSTEM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


@pytest.fixture(scope="module")
def address():
    """Where the site is served, on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def tab(browser, address, request):
    """A page that fails the test if it asks any other machine, lacks a file or has an error in a script."""
    settings = {"viewport": {"width": 1440, "height": 900}} | getattr(request, "param", {})
    context, faults = browser.new_context(base_url=address, **settings), []
    page = context.new_page()
    own = re.compile(f"^(?!{re.escape(address)}|data:|blob:|file:)")
    page.route(own, lambda route: (faults.append(route.request.url), route.abort()))
    page.on("response", lambda response: response.status >= 400 and faults.append(f"not there: {response.url}"))
    # opened as a file, the search finds pages but may not read them for its excerpts
    page.on("pageerror", lambda error: page.url.startswith("file:") or faults.append(str(error)))
    yield page
    context.close()
    assert not faults, faults


def show(page: Page, name: str) -> Page:
    page.goto(name, wait_until="load")
    return page


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def background(page: Page) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]]


@pytest.mark.parametrize("tab", [{"viewport": {"width": 1366, "height": 768}}], indirect=True)
def test_the_front_page_is_one_screen_and_leads_everywhere(tab):
    show(tab, "index.html")
    assert tab.evaluate("document.documentElement.scrollHeight") <= 768
    assert tab.locator(".front img").evaluate("image => image.naturalWidth") > 400
    expect(tab.locator(".ways li")).to_have_count(3)
    written = len(list((SITE / "notebooks").glob("*.html")))
    expect(tab.locator(".map a")).to_have_count(written)
    assert all(re.search(r"\d+ min$", text.strip()) for text in tab.locator(".map li:has(a)").all_inner_texts())
    tab.locator(".ways a").first.click()
    expect(tab.locator("h1")).to_contain_text("00")


def test_a_lesson_shows_its_figures_and_plays_its_sounds(tab):
    show(tab, LESSON)
    images = tab.locator(".cell_output img").all()
    assert len(images) >= 5
    for image in images:
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
        assert len(image.get_attribute("alt")) > 20
    length = "sound => new Promise(done => { sound.onloadedmetadata = () => done(sound.duration); sound.load() })"
    assert tab.locator("audio").count() >= 2
    assert 0.1 < tab.locator("audio").first.evaluate(length) < 5


@pytest.mark.parametrize("words", ["LowRankFusion", "tensor fusion kernel rank"])
@pytest.mark.parametrize("start", ["index.html", (SITE / "index.html").as_uri()], ids=["served", "a file"])
def test_search_finds_a_layer(tab, start, words):
    show(tab, start)
    tab.locator("input[name=q]").first.fill(words)
    tab.keyboard.press("Enter")
    found = tab.locator("#search-results a[href*='mmcourse.layers.LowRankFusion.html']").first
    found.click(timeout=20_000)
    expect(tab.locator("h1")).to_contain_text("LowRankFusion")


@pytest.mark.parametrize("name", [LAYER, "choosing.html", "notebooks/06_linear_fusion.html", SHAPLEY])
def test_a_formula_is_typeset(tab, name):
    show(tab, name)
    tab.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
    tab.evaluate("MathJax.startup.promise")
    formula = tab.locator("mjx-container").first
    assert formula.bounding_box()["width"] > 10
    assert not tab.locator("mjx-merror").count()
    assert not re.search(r"\\\(|\\\[", tab.locator("article").inner_text()), "a formula is left as it was written"
    assert tab.evaluate("document.fonts.ready.then(() => [...document.fonts].some(f => f.status == 'loaded'))")


@pytest.mark.parametrize(
    ("tab", "dark"), [({"color_scheme": "dark"}, True), ({"color_scheme": "light"}, False)], indirect=["tab"]
)
def test_it_follows_the_system_into_the_dark_and_can_be_told(tab, dark):
    show(tab, LESSON)
    assert (max(background(tab)) < 100) == dark
    switch = tab.locator(".theme-toggle-content .theme-toggle, .content-icon-container .theme-toggle").first
    seen = []
    for _ in range(2):
        switch.click()
        seen.append(max(background(tab)) < 100)
    assert set(seen) == {True, False}


@pytest.mark.parametrize("tab", [{"viewport": {"width": 375, "height": 740}, "is_mobile": True}], indirect=True)
@pytest.mark.parametrize(
    "name", ["index.html", LESSON, "notebooks/06_linear_fusion.html", LAYER, "results/README.html"]
)
def test_a_phone_scrolls_in_one_direction_only(tab, name):
    assert overflow(show(tab, name)) <= 0


def test_every_pitfall_has_a_page_that_the_index_leads_to(tab):
    pitfalls = mmcourse.evaluation.PITFALLS.values()
    show(tab, "pitfalls.html")
    rows = tab.locator("article tbody tr").all_inner_texts()
    assert len(rows) == len(pitfalls)
    for row, pitfall in zip(rows, pitfalls, strict=True):
        assert pitfall.number in row and pitfall.name in row and pitfall.remedy[1:] in row
    for pitfall in pitfalls:
        show(tab, "pitfalls.html").locator("article tbody").get_by_role("link", name=pitfall.number).click()
        expect(tab.locator("h1")).to_contain_text(f"{pitfall.number} {pitfall.name}")
        parts = [text.rstrip("#\xb6") for text in tab.locator("h2").all_inner_texts()]
        assert parts == ["Cause", "How to see it", "How to mend it", "An example"]
        assert pitfall.number in tab.locator("article .highlight").inner_text()
        lessons = tab.locator("article p").last
        expect(lessons).to_contain_text("Lesson")
        written = [link for link in lessons.locator("a").all() if "/notebooks/" in link.evaluate("a => a.href")]
        assert written or "planned" in lessons.inner_text()


def test_every_public_name_has_a_page_with_an_example():
    lacking = []
    for room in ROOMS:
        for name in getattr(mmcourse, room).__all__:
            page = SITE / "reference" / "names" / f"mmcourse.{room}.{name}.html"
            if not page.is_file() or "&gt;&gt;&gt; " not in page.read_text(encoding="utf-8"):
                lacking.append(page.name)
    assert not lacking


@pytest.mark.parametrize("name", sorted(path.name for path in SITE.glob("notebooks/*.html")))
def test_a_lesson_is_a_small_page(name):
    page = SITE / "notebooks" / name
    files = set(re.findall(r'<img[^>]* src="([^"]+)"', page.read_text(encoding="utf-8")))
    assert page.stat().st_size + sum((page.parent / file).stat().st_size for file in files) <= LARGEST


def test_every_internal_link_leads_somewhere():
    texts = {path: path.read_text(encoding="utf-8") for path in SITE.rglob("*.html")}
    ids = {path: set(re.findall(r'\sid="([^"]+)"', text)) for path, text in texts.items()}
    lost = set()
    for path, text in texts.items():
        for link in set(re.findall(r'\s(?:href|src)="([^"]+)"', text)):
            if re.match(r"[a-z]+:", link):  # another site, or data
                continue
            name, _, anchor = unquote(html.unescape(link)).partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            if not target.is_file() or (anchor and target in ids and anchor not in ids[target]):
                lost.add((path.name, link))
    assert not lost
