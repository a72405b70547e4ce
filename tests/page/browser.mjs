// node browser.mjs PART CONFIG: one part of browser_test.py, in Debian's Chromium. What is wrong is
// printed, and the exit code is 1.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";

const [part, text] = process.argv.slice(2);
const config = JSON.parse(text);
const require = createRequire(`${config.modules}/`);
const { chromium } = require("playwright-core");

/// Parts in which the server is to refuse something.
const kRefused = ["locked", "printed"];

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

/// A page whose errors, dialogs and refused requests are collected in `faults`.
async function open(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.hostname !== "127.0.0.1" && address.protocol !== "data:") faults.push(`request: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !kRefused.includes(part)) faults.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(config.url);
  return { page, faults };
}

async function visit(page, hash, selector) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.waitForSelector(selector);
  await page.waitForTimeout(300);
}

const parts = {
  async views() {
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    const views = [
      ["runs", "#/runs", "main table"],
      ["run", "#/runs/1", "text=hello from a cell"],
      ["failed-run", "#/runs/3", "text=ZeroDivisionError"],
      ["job", "#/jobs/job", "main canvas"],
      ["compare", "#/compare/1/2", "main >> text=words"],
      ["queue", "#/queue", "main h1"],
      ["gateways", "#/gateways", "main h1"],
      ["schedules", "#/schedules", "main h1"],
      ["nothing-found", "#/runs?job=nosuch", "main h1"],
    ];
    for (const [width, height] of [[1600, 1000], [360, 740]]) {
      for (const colorScheme of ["light", "dark"]) {
        const { page, faults } = await open({ viewport: { width, height }, colorScheme, bypassCSP: true });
        for (const [name, hash, selector] of views) {
          await visit(page, hash, selector);
          await page.screenshot({ path: `${config.shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (overflow > 0) faults.push(`${name} at ${width}: ${overflow} pixels too wide`);
          await page.evaluate(axe);
          // What is inside a sandboxed frame is the output's.
          const found = await page.evaluate(() => axe.run({ exclude: ["iframe"] }, { iframes: false }));
          for (const violation of found.violations) {
            faults.push(`${name} at ${width}, ${colorScheme}: ${violation.id}: ${violation.nodes[0].html}`);
          }
        }
        assert.deepEqual(faults, []);
      }
    }
  },

  async hostile() {
    const { page, faults } = await open();
    await visit(page, "#/runs/1", "iframe");
    const frame = page.frameLocator("iframe").first();
    await frame.locator("b#x").waitFor();
    assert.match(await page.title(), /Cellar$/);
    assert.equal(await page.locator("iframe").first().getAttribute("sandbox"), "");
    assert.equal(await page.locator("main a[href^='javascript:']").count(), 0);
    assert.equal(await page.locator("main script").count(), 0);
    assert.equal(await page.locator("main img[src='x']").count(), 0);
    const tab = await page.locator("a:has-text('Alone in a tab')").first().getAttribute("href");
    const alone = await page.context().newPage();
    await alone.goto(new URL(tab, page.url()).href);
    assert.equal(await alone.locator("b#x").innerText(), "bold");
    assert.notEqual(await alone.title(), "owned");
    assert.deepEqual(faults, []);
  },

  async loud() {
    const { page, faults } = await open();
    await visit(page, "#/runs/4", "text=line 0");
    const shown = await page.locator("main").innerText();
    assert.ok(shown.length < 400_000, `${shown.length} characters at once`);
    assert.deepEqual(faults, []);
  },

  async pieces() {
    const { page, faults } = await open();
    await visit(page, `#/runs/${config.run}`, "#cell-0 >> text=000000000");
    const kept = page.locator("#cell-0 .text-gap");
    // Twice, before the first is answered.
    const press = (words) =>
      page.locator("#cell-0 button", { hasText: words }).first().evaluate((button) => [button.click(), button.click()]);
    for (const words of ["Show the end", "more", "more"]) {
      const gap = (await kept.allInnerTexts()).join();
      await press(words);
      await page.waitForFunction(
        (before) => [...document.querySelectorAll("#cell-0 .text-gap")].map((one) => one.innerText).join() !== before,
        gap,
      );
    }
    assert.equal(await kept.count(), 0);
    const blocks = await page.locator("#cell-0 .text-block").allTextContents();
    const lines = blocks.flatMap((block) => block.split("\n")).filter((line) => line);
    assert.equal(lines.join(""), Array.from({ length: 60_000 }, (_, n) => String(n).padStart(9, "0")).join(""));
    assert.deepEqual(faults, []);
  },

  async cut() {
    const { page, faults } = await open();
    await visit(page, `#/runs/${config.run}`, "#cell-0 >> text=yyy");
    assert.match(await page.locator("#cell-0 .stream-stdout").innerText(), /^x+\s+7\.1 KiB of output were not kept here/);
    assert.match(await page.locator("#cell-0 .stream-stderr").innerText(), /^\s*\d+.* of output were not kept here[^\n]*\s+y+\s*$/);
    assert.deepEqual(faults, []);
  },

  async keys() {
    const { page, faults } = await open();
    await page.waitForSelector("main table");
    await page.keyboard.press("/");
    await page.waitForFunction(() => document.activeElement?.id === "search");
    await page.keyboard.type("ZeroDivision");
    await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    for (let i = 0; i < 40; ++i) {
      if (await page.evaluate(() => document.activeElement?.getAttribute("href") === "#/runs/3")) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=ZeroDivisionError");
    assert.deepEqual(faults, []);
  },

  async live() {
    const { page, faults } = await open();
    await visit(page, `#/runs/${config.run}`, "text=tick 2");
    await page.locator("button", { hasText: "Cancel" }).first().click();
    await page.waitForSelector("text=cancelled");
    await page.waitForSelector("button:has-text('Submit again')");
    assert.deepEqual(faults, []);
  },

  async cleared() {
    const { page, faults } = await open();
    let isCut = true;
    await page.route("**/events**", (route) => (isCut ? route.abort() : route.continue()));
    await visit(page, `#/runs/${config.run}`, ".outputs >> text=early");
    await page.waitForSelector("text=the server does not answer");
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.waitForSelector(".outputs >> text=early");
    writeFileSync(config.gate, "");
    await other.waitForSelector(".outputs >> text=late");
    isCut = false;
    await page.waitForSelector(".outputs >> text=late");
    assert.equal(await page.locator(".outputs >> text=early").count(), 0);
    assert.deepEqual(faults, []);
  },

  async replaced() {
    const { page, faults } = await open();
    await visit(page, `#/runs/${config.run}`, ".outputs >> text=not yet");
    const widths = (expected) =>
      page.waitForFunction(
        (wanted) => [...document.querySelectorAll(".image-output img")].map((image) => image.naturalWidth).join() === wanted,
        expected,
      );
    await widths("19");
    writeFileSync(config.gate, "");
    await widths("29,39");
    assert.deepEqual(faults, []);
  },

  async waiting() {
    const { page, faults } = await open();
    await visit(page, `#/runs/${config.run}`, ".outputs >> text=begun");
    writeFileSync(config.gate, "");
    await page.waitForSelector("text=/Number \\d+ in the queue/");
    await page.locator("button", { hasText: "Cancel" }).first().click();
    await page.waitForSelector("text=cancelled");
    assert.deepEqual(faults, []);
  },

  async tabs() {
    const context = await browser.newContext();
    await context.addInitScript(() => {
      globalThis.seen = "visible";
      Object.defineProperty(document, "visibilityState", { get: () => globalThis.seen });
    });
    const turn = (page, seen) =>
      page.evaluate((now) => {
        globalThis.seen = now;
        document.dispatchEvent(new Event("visibilitychange"));
      }, seen);
    const first = await context.newPage();
    await first.goto(config.url);
    await first.waitForSelector("main table");
    const tabs = [];
    for (let i = 0; i < 7; ++i) {
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const hash = `#/runs/${config.run}`;
      await Promise.all([page.waitForResponse(/\/events/), page.goto(config.url.replace(/#.*/, hash))]);
      await page.waitForSelector(".outputs >> text=tick 2");
      if (i < 6) await turn(page, "hidden");
      tabs.push(page);
    }
    writeFileSync(config.gate, "");
    await tabs[6].waitForSelector(".cell-succeeded .outputs >> text=through");
    assert.equal(await tabs[0].locator(".outputs >> text=through").count(), 0);
    await turn(tabs[0], "visible");
    await tabs[0].waitForSelector(".cell-succeeded .outputs >> text=through");
  },

  async wide() {
    const { page, faults } = await open();
    const last = ".outputs >> text=output 19";
    const showAll = async () => {
      await page.locator("button", { hasText: /^Show (it|them)$/ }).click();
      await page.waitForSelector(last);
    };
    await visit(page, `#/runs/${config.run}`, ".outputs >> text=output 0");
    assert.equal(await page.locator(last).count(), 0);
    await showAll();
    writeFileSync(config.gate, "");
    await page.waitForSelector("#cell-1.cell-failed >> text=AssertionError");
    await showAll();
    await page.waitForSelector("#cell-1.cell-failed >> text=try 1");
    await page.locator("button", { hasText: "Retry" }).click();
    await page.waitForSelector("#cell-1.cell-succeeded >> text=try 2");
    assert.equal(await page.locator(".outputs >> text=try 1").count(), 0);
    assert.deepEqual(faults, []);
  },

  async growing() {
    const { page, faults } = await open();
    let documents = 0;
    page.on("request", (request) => {
      documents += new URL(request.url()).pathname.endsWith(`/runs/${config.run}`) ? 1 : 0;
    });
    await visit(page, `#/runs/${config.run}`, ".outputs >> text=output 0");
    assert.equal(await page.locator(".outputs .stream-stdout").count(), 0);
    await page.waitForTimeout(3000);
    assert.ok(documents <= 3, `${documents} documents`);
    assert.deepEqual(faults, []);
  },

  async hard() {
    const { page, faults } = await open();
    page.setDefaultTimeout(20_000);
    await visit(page, `#/runs/${config.run}`, ".outputs >> text=twe");
    assert.equal(await page.locator("#cell-1 .text-block").textContent(), "twe\nxq\nend\nc\n");
    assert.deepEqual(faults, []);
  },

  async neighbours() {
    const { page, faults } = await open();
    const { runs } = config;
    for (let at = 0; at < runs.length; ++at) {
      await visit(page, `#/runs/${runs[at]}`, `h1:has-text("Run ${runs[at]}")`);
      const links = page.locator(".neighbours a", { hasText: /^(‹ )?run \d+( ›)?$/ });
      const wanted = [at > 0 && `‹ run ${runs[at - 1]}`, at < runs.length - 1 && `run ${runs[at + 1]} ›`].filter(Boolean);
      for (const words of wanted) await links.filter({ hasText: words }).waitFor();
      assert.deepEqual(await links.allInnerTexts(), wanted);
    }
    assert.deepEqual(faults, []);
  },

  async slow() {
    const { page, faults } = await open();
    await page.route("**/api/v1/queue", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await route.continue().catch(() => {});
    });
    page.setDefaultTimeout(30_000);
    await visit(page, "#/queue", "text=Waiting");
    assert.deepEqual(faults, []);
  },

  async early() {
    const { page, faults } = await open();
    await page.waitForSelector("main table");
    await page.addInitScript(() => {
      const goOnceDrawn = (_, observer) => {
        if (document.querySelector("#page > *") === null) return;
        observer.disconnect();
        location.hash = "#/runs/1";
      };
      new MutationObserver(goOnceDrawn).observe(document, { childList: true, subtree: true });
    });
    await page.reload();
    await page.waitForSelector("text=hello from a cell");
    assert.deepEqual(faults, []);
  },

  async printed() {
    const { page, faults } = await open();
    const locked = "text=This page needs the server's leave";
    await page.waitForSelector(locked);
    for (const wrong of ["%", "wrong"]) {
      const refused = page.waitForResponse((response) => response.status() === 401);
      await page.goto(`${config.url}#session=${wrong}`);
      await refused;
      await page.reload();
      await page.waitForSelector(locked);
    }
    await page.goto(`${config.url}#session=${config.session}`);
    await page.waitForSelector("main table");
    const refused = page.waitForResponse((response) => response.status() === 401);
    await page.goto(`${config.url}#session=wrong`);
    await refused;
    await page.reload();
    await page.waitForSelector("main table");
    const fresh = await (await browser.newContext()).newPage();
    await fresh.goto(`${config.url}#session=%`);
    await fresh.waitForSelector(locked);
    assert.deepEqual(faults, []);
  },

  async locked() {
    const { page } = await open();
    await page.waitForSelector("text=This page needs the server's leave");
    assert.equal(await page.locator("main table").count(), 0);
  },
};

try {
  await parts[part]();
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
} finally {
  await browser.close();
}
