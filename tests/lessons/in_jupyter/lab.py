"""JupyterLab in a browser, operated as a student does it: with the mouse and the keyboard."""

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, expect

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

EXECUTED = re.compile(r"^\[\d+\]:$")


def chromium() -> str | None:
    """The browser on this machine."""
    return next(filter(None, map(shutil.which, ["chromium", "google-chrome"])), None)


def left_out() -> bool:
    """Whether the browser tests are: CI installs Chromium, and they fail there without it."""
    return chromium() is None and not os.environ.get("CI")


def launch(playwright: Playwright, *switches: str) -> Browser:
    program = chromium()
    assert program is not None, "these tests need Chromium (Debian: apt-get install chromium)"
    return playwright.chromium.launch(executable_path=program, args=[*SWITCHES, *switches])


# How many times lighter one of a text and its background is (WCAG 2's contrast ratio).
CONTRAST = """element => {
  const luminance = ([red, green, blue]) => {
    const linear = part => part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const style = node => getComputedStyle(node);
  let behind = element;
  while (behind.parentElement && parts(style(behind).backgroundColor)[3] === 0)
    behind = behind.parentElement;
  const both = [style(element).color, style(behind).backgroundColor];
  const [dark, light] = both.map(color => luminance(parts(color))).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}"""


def contrast(text: Locator) -> float:
    """How well a text stands out: 1 is invisible, 21 is black on white."""
    return text.evaluate(CONTRAST)


class Lab:
    """A notebook that is open in JupyterLab; cells are counted from 0."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def cell(self, index: int) -> Locator:
        return self.page.locator(f'.jp-Notebook [data-windowed-list-index="{index}"]')

    def output(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-OutputArea-output")

    def source(self, index: int) -> Locator:
        return self.cell(index).locator(".cm-content")

    def run(self, *indices: int) -> None:
        """Run cells one after the other, and wait for each."""
        for index in indices:
            prompt = self.cell(index).locator(".jp-InputPrompt")
            before = prompt.inner_text()
            self.source(index).click()
            self.page.keyboard.press("Control+Enter")
            expect(prompt).not_to_have_text(before)
            expect(prompt).to_have_text(EXECUTED, timeout=90_000)

    def run_all(self, last: int) -> None:
        """Choose Run All Cells in the menu, and wait for the last cell."""
        self._choose("Run", "Run All Cells")
        expect(self.cell(last).locator(".jp-InputPrompt")).to_have_text(EXECUTED, timeout=300_000)

    def write(self, index: int, source: str) -> None:
        """Replace what is in a cell."""
        self.source(index).click()
        self.page.keyboard.press("Control+A")
        # One piece of input: the editor indents and closes brackets only for single keys.
        self.page.keyboard.insert_text(source)

    def save(self) -> None:
        self.page.keyboard.press("Control+S")
        expect(self.page.locator(".lm-mod-current.jp-mod-dirty")).to_have_count(0)

    def reload(self) -> None:
        """Read the notebook from the disk again."""
        self._choose("File", "Reload Notebook from Disk")

    def download(self, path: Path) -> None:
        """Press JupyterLite's button above the notebook, and put the file there."""
        with self.page.expect_download() as download:
            self.page.locator('[data-jp-item-name="download"] jp-button').click()
        download.value.save_as(path)

    def upload(self, path: Path) -> None:
        """Bring a file along, and open it."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator('[data-jp-item-name="uploader"] jp-button').click()
        chooser.value.set_files(path)
        self.page.locator(".jp-DirListing-item").filter(has_text=path.name).dblclick()

    def theme(self, name: str) -> None:
        """Choose a theme: Light or Dark."""
        self._choose("Settings", "Theme", f"JupyterLab {name}")
        body = self.page.locator("body")
        expect(body).to_have_attribute("data-jp-theme-name", f"JupyterLab {name}")

    def _choose(self, menu: str, *items: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        for item in items:
            label = re.compile(f"^{re.escape(item)}$")
            self.page.locator(".lm-Menu-itemLabel").filter(has_text=label).click()

    def picture(self, name: str, index: int | None = None) -> None:
        """Keep a screenshot, if somebody wants to look at it, with a cell's output in view."""
        if folder := os.environ.get("TINYTORCH_SCREENSHOTS"):
            if index is not None:
                place = self.cell(index).locator(".jp-Cell-outputWrapper, .jp-MarkdownOutput").last
                for _ in range(2):  # cells above get their height when they first come into view
                    place.evaluate("element => element.scrollIntoView({block: 'center'})")
                    self.page.wait_for_timeout(300)
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder, f"{name}.png"))
