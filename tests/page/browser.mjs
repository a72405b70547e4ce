// node browser.mjs PART CONFIG: one part of browser_test.py, in Debian's Chromium. What is wrong is
// printed, and the exit code is 1.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [part, text] = process.argv.slice(2);
const config = JSON.parse(text);
const require = createRequire(`${config.modules}/`);
const { chromium } = require("playwright-core");

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
    if (response.status() >= 400 && part !== "locked") faults.push(`${response.status()} ${response.url()}`);
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
