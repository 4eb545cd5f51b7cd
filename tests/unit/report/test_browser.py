"""The report in a real browser, without a network."""

import io
import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.browser

FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TABLES = {
    "worst-ber", "accuracy-summary", "transistors-ternary_2t2r", "conditions-ternary_2t2r", "devices",
    "ber-table", "reads-table", "accuracy-table", "networks-table", "tolerance-table", "mapping-summary",
    "energy-summary", "memory-table", "mapping-table", "provenance-table", "hashes",
}  # fmt: skip


def browser_path():
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found, f"no browser: install one of {', '.join(names)}"
    return found


@pytest.fixture(scope="module")
def browser():
    flags = FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path(), args=flags)
        yield started
        started.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_report_shows_everything_and_says_nothing_to_the_console(browser, report, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())

    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
    figures = page.locator("figure")
    assert figures.count() == 27
    for index in range(figures.count()):
        box = figures.nth(index).locator("svg").bounding_box()
        assert box["width"] > 200
        assert box["height"] > 80
    assert set(page.eval_on_selector_all("table", "tables => tables.map(t => t.id)")) >= TABLES
    assert page.locator("#ber-table tbody tr").count() == 27 * (6 + 4)
    # Nothing sticks out sideways: wide tables and figures scroll in their own boxes.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Every link of the contents leads somewhere.
    for target in page.eval_on_selector_all("nav a", "links => links.map(a => a.getAttribute('href'))"):
        assert page.locator(target).count() == 1
    assert page.locator("text=alert(1)").first.is_visible()
    context.close()


def luminance(colour):
    """Of a colour as the browser tells it, from 0 to 255."""
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_page_shows_where_there_is_more_and_the_keyboard_gets_there(browser, report, scheme):
    context = browser.new_context(viewport={"width": 360, "height": 800}, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator(".scroll", has=page.locator("#ber-table"))
    width, inside = box.evaluate("one => [one.clientWidth, one.scrollWidth]")
    assert inside > width + 50
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    # The shadow at the right edge differs from the paper, until there is nothing more to the right.
    images = [box.screenshot(animations="disabled")]
    box.evaluate("one => one.scrollLeft = one.scrollWidth")
    images.append(box.screenshot(animations="disabled"))
    shades = []
    for image in images:
        shown = np.asarray(Image.open(io.BytesIO(image)).convert("L"), dtype=float)
        shades.append(float(np.median(shown[:, -3])))
    assert abs(shades[0] - shades[1]) > 20
    context.close()


def test_the_dark_page_has_light_text_and_figures_on_a_light_card_and_its_print_is_light(browser, report):
    context = browser.new_context(color_scheme="dark", offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    colours = "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    ink, paper = map(luminance, page.eval_on_selector("body", colours))
    assert ink - paper > 150
    _, card = map(luminance, page.eval_on_selector("figure .scroll", colours))
    assert card > 250
    page.emulate_media(media="print")
    ink, paper = map(luminance, page.eval_on_selector("body", colours))
    assert paper - ink > 150
    context.close()
