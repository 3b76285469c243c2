/*
 * What every browser test stands on: one Chromium with a profile of its own, a fresh context for each
 * test, and a watch over what must never happen: an error in the console, a request to another origin.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'
];

export class Harness {
  #browser = null;
  #profile = mkdtempSync(join(tmpdir(), 'tessera-browser-'));
  passed = 0;
  failed = 0;
  skipped = 0;

  constructor({ base, artifacts, timeout_ms, only }) {
    Object.assign(this, { base, artifacts, timeout_ms, only });
    if (artifacts) mkdirSync(artifacts, { recursive: true });
  }

  async open() {
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    // A crash dump or cache of one run must not reach another: all of it goes to a folder that is removed.
    this.#browser = await chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, HOME: this.#profile } });
  }

  async close() {
    await this.#browser?.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }

  /**
   * Runs one test in a new context. `body(page, visit)`; `visit(query)` opens the page and waits until
   * it has settled. Errors that a test provokes on purpose are named in `expected` (patterns).
   */
  async test(name, options, body) {
    if (this.only && !name.includes(this.only)) return;
    const { width = 1280, height = 900, scheme = 'light', locale = 'en-GB', expected = [], base = this.base } = options;
    const context = await this.#browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale });
    context.setDefaultTimeout(this.timeout_ms);
    const page = await context.newPage();
    const faults = faults_watch(page, base, expected);
    const started = Date.now();
    try {
      await body(page, (query = '') => page_visit(page, base + query), base);
      if (faults.length) throw new Error(faults.join('; '));
      this.passed++;
      console.log(`ok ${this.number} - ${name} # ${Date.now() - started} ms`);
    } catch (cause) {
      this.failed++;
      console.log(`not ok ${this.number} - ${name}\n  # ${String(cause.stack ?? cause).split('\n').slice(0, 6).join('\n  # ')}`);
      for (const fault of faults) console.log(`  # ${fault}`);
      await this.shot(page, 'FAILED ' + name).catch(() => {});
    } finally {
      await context.close();
    }
  }

  get number() {
    return this.passed + this.failed + this.skipped;
  }

  skip(name, why) {
    if (this.only && !name.includes(this.only)) return;
    this.skipped++;
    console.log(`ok ${this.number} - ${name} # SKIP ${why}`);
  }

  /** A picture of the whole page for the reader of the test's results. */
  async shot(page, name) {
    if (!this.artifacts) return;
    await page.screenshot({ path: join(this.artifacts, name.replace(/[^\p{L}\p{N}]+/gu, '_') + '.png'), fullPage: true });
  }
}

function faults_watch(page, base, expected) {
  const faults = [];
  const origin = new URL(base).origin;
  const note = (text) => expected.some((pattern) => pattern.test(text)) || faults.push(text);
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && note(`console: ${message.text()}`));
  page.on('pageerror', (error) => note(`page error: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== origin) note(`request to another origin: ${url}`);
  });
  page.on('response', (reply) => reply.status() >= 400 && note(`HTTP ${reply.status()} ${reply.url()} ${reply.request().postData() ?? ''}`));
  return faults;
}

async function page_visit(page, url) {
  await page.goto(url);
  await page_settle(page);
}

/** Until every question has its answer. */
export async function page_settle(page) {
  await page.waitForSelector('main#main[aria-busy="false"]');
  // A first answer may lead to a further question: settled means still settled a moment later.
  await page.waitForFunction(
    () => new Promise((resolve) => setTimeout(() => resolve(!!document.querySelector('main#main[aria-busy="false"]')), 120))
  );
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}
export function check_equal(got, wanted, what) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}
