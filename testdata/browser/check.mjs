// Opens the pages of a site in Chromium and says what is wrong with them, as one line of JSON for each page:
//
//     node check.mjs CHROMIUM ADDRESS ["METHOD PATH STATUS" …]
//
//     {"request": "GET /guide/", "status": 200, "cache": "HIT", "faults": ["axe color-contrast, dark: …"]}
//
// It follows the links of the home page to every page of the site, and makes the further requests of the command line, for
// pages that no link leads to. A fault is an answer like any other: the exit status says only whether this program could run.
import { launch, load, rules, violations } from './browser.mjs';
import { describe, measure, recordFocus, stops } from './inpage.mjs';

const desktop = { width: 1280, height: 800 };
const phone = { width: 360, height: 740 };
const narrowest = { width: 320, height: 640 }; // WCAG 2.2, 1.4.10: what 1280 px become at 400 %
const tabs = 2; // pages open at a time

// Visit is one request, and what was found about its response.
class Visit {
  constructor(method, path, status) {
    Object.assign(this, { method, path, expected: status, faults: new Set(), links: [], ids: [] });
  }

  fault(text) {
    this.faults.add(text);
  }

  toJSON() {
    return { request: `${this.method} ${this.path}`, status: this.status, cache: this.cache, faults: [...this.faults] };
  }
}

// Walk is the way through a site: which pages were seen, and which are still to be.
class Walk {
  constructor(browser, address) {
    Object.assign(this, { browser, address: new URL(address), visits: new Map(), queue: [] });
  }

  add(method, path, status) {
    const key = `${method} ${path}`;
    if (!this.visits.has(key)) {
      const visit = new Visit(method, path, status);
      this.visits.set(key, visit);
      this.queue.push(visit);
    }
    return this.visits.get(key);
  }

  // run empties the queue, which the visits fill.
  async run() {
    const idle = [];
    for (let i = 0; i < tabs; i++) idle.push(await Tab.open(this.browser));
    const busy = new Set();
    while (this.queue.length > 0 || busy.size > 0) {
      while (this.queue.length > 0 && idle.length > 0) {
        const tab = idle.pop();
        const work = this.visit(tab, this.queue.shift()).finally(() => {
          busy.delete(work);
          idle.push(tab);
        });
        busy.add(work);
      }
      await Promise.race(busy);
    }
  }

  async visit(tab, visit) {
    await tab.check(visit, this.address);
    for (const link of visit.links.filter(({ page }) => page)) {
      const url = new URL(link.url);
      if (url.origin === this.address.origin) this.add('GET', url.pathname + url.search, 200);
    }
  }

  // resolve checks links that do not lead to a page of their own: to a place in one, or to a file.
  async resolve() {
    const files = new Map();
    for (const visit of this.visits.values()) {
      for (const link of visit.links) {
        const url = new URL(link.url);
        if (url.origin !== this.address.origin) continue;
        // A link to a place in the page itself is there whatever the request for the page was.
        const target = url.href.split('#')[0] === visit.url ? visit : this.visits.get(`GET ${url.pathname}${url.search}`);
        if (!target) {
          if (!files.has(url.href)) files.set(url.href, await fetch(url, { redirect: 'manual' }).then(({ status }) => status));
          if (files.get(url.href) !== 200) visit.fault(`link to ${url.pathname}: status ${files.get(url.href)}`);
        } else if (target !== visit && target.status !== 200) {
          visit.fault(`link to ${url.pathname}: status ${target.status}`);
        } else if (url.hash && !target.ids.includes(decodeURIComponent(url.hash.slice(1)))) {
          visit.fault(`link to ${url.pathname}${url.hash}: no such place in that page`);
        }
      }
    }
  }
}

// Tab is a page of the browser that runs scripts, and one that runs none. No state of a visit is left for the next.
class Tab {
  static async open(browser) {
    const tab = new Tab();
    // Without motion, what is seen at once is what is seen in the end.
    const options = { reducedMotion: 'reduce', viewport: desktop };
    tab.page = await (await browser.newContext(options)).newPage();
    tab.plain = await (await browser.newContext({ ...options, javaScriptEnabled: false })).newPage();
    tab.devtools = await tab.page.context().newCDPSession(tab.page);
    tab.listen();
    return tab;
  }

  // listen notes what the browser complains of.
  listen() {
    const { page } = this;
    page.on('console', (message) => {
      // That the page itself has an error status is no news.
      if (message.type() === 'error' && message.location().url === page.url() && /^Failed to load resource/.test(message.text())) return;
      if (['error', 'warning'].includes(message.type())) this.visit?.fault(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.visit?.fault(`script: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.visit?.fault(`${dialog.type()}: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'about:' && url.protocol !== 'data:' && url.origin !== this.origin) this.visit?.fault(`request to another host: ${url.href}`);
    });
    page.on('requestfailed', (request) => this.visit?.fault(`request failed: ${request.url()}: ${request.failure().errorText}`));
    page.on('response', (response) => {
      if (response.status() >= 400 && !response.request().isNavigationRequest()) {
        this.visit?.fault(`status ${response.status()} of ${new URL(response.url()).pathname}`);
      }
    });
  }

  async check(visit, address) {
    Object.assign(this, { visit, origin: address.origin });
    const url = new URL(visit.path, address).href;
    const response = await this.request(this.page, visit.method, url);
    visit.status = response.status();
    visit.cache = response.headers()['x-vercel-cache'];
    if (visit.status !== visit.expected) visit.fault(`status ${visit.status}, not ${visit.expected}`);
    if (this.page.url() !== url) visit.fault(`leads to ${new URL(this.page.url()).pathname}`);
    if (!/^text\/html\b/.test(response.headers()['content-type'])) {
      visit.fault(`is ${response.headers()['content-type']}, not HTML`);
      return;
    }
    const content = await this.page.evaluate(describe);
    Object.assign(visit, { url, links: content.links, ids: content.ids });
    this.head(content);
    await this.keyboard(content);
    await this.look();
    await this.withoutScripts(url, content);
    this.visit = null;
  }

  // request opens an address, by a form where the method is not GET.
  async request(page, method, url) {
    if (method === 'GET') return page.goto(url);
    await page.setContent(`<form method="${method}" action="${url}"></form>`);
    const [response] = await Promise.all([
      page.waitForEvent('response', (response) => response.url() === url),
      page.evaluate(() => document.forms[0].submit()),
    ]);
    await page.waitForURL(url);
    return response;
  }

  head({ title, lang, description, canonical }) {
    const { visit } = this;
    if (!title) visit.fault('no title');
    if (!lang) visit.fault('no language');
    if (visit.status !== 200) return; // the rest is for pages that are found and shared
    if (!description) visit.fault('no description');
    if (canonical && new URL(canonical).pathname !== visit.path) visit.fault(`canonical address is ${canonical}`);
  }

  // keyboard goes through the page with the Tab key, then takes the skip link if there is something to skip.
  async keyboard({ navigation }) {
    const { page, visit } = this;
    const wanted = await page.evaluate(stops);
    const focused = await page.evaluateHandle(recordFocus);
    await this.pressTab(wanted.length);
    const got = await focused.jsonValue();
    for (const [i, name] of wanted.entries()) {
      if (got[i]?.name !== name) {
        visit.fault(`keyboard: stop ${i + 1} is ${got[i]?.name ?? 'nowhere'}, not ${name}`);
        break;
      }
      if (!got[i].visible) visit.fault(`keyboard: focus on ${name} is not visible`);
    }
    if (!navigation) return;
    if (!/^a "Skip /.test(wanted[0])) {
      visit.fault('keyboard: the first stop is not a skip link');
      return;
    }
    await page.locator('a').first().press('Enter');
    if (!await page.evaluate(() => document.activeElement.matches('main'))) visit.fault('keyboard: the skip link does not lead to main');
  }

  // pressTab sends all key strokes at once. The browser keeps their order, and a page has many stops.
  async pressTab(times) {
    const tab = { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 };
    const strokes = [];
    for (let i = 0; i < times; i++) {
      for (const type of ['rawKeyDown', 'keyUp']) strokes.push(this.devtools.send('Input.dispatchKeyEvent', { ...tab, type }));
    }
    await Promise.all(strokes);
  }

  // look takes in the page at each width, and in each colour scheme.
  async look() {
    const { page } = this;
    await page.evaluate(() => document.activeElement.blur());
    await load(page);
    await this.accessible('light', { runOnly: rules });
    await page.emulateMedia({ colorScheme: 'dark' });
    await this.accessible('dark', { runOnly: ['color-contrast'] });
    await page.emulateMedia({ colorScheme: 'light' });
    await this.fits(desktop);
    await page.setViewportSize(narrowest);
    await this.fits(narrowest);
    await page.setViewportSize(phone);
    await this.fits(phone);
    await this.accessible('360 px', { runOnly: rules, rules: { 'color-contrast': { enabled: false } } });
    await page.setViewportSize(desktop);
  }

  async accessible(look, options) {
    for (const text of await violations(this.page, look, options)) this.visit.fault(text);
  }

  async fits({ width }) {
    const wide = await this.page.evaluate(measure);
    if (wide) this.visit.fault(`${width} px: scrolls sideways, for ${wide}`);
  }

  async withoutScripts(url, content) {
    await this.request(this.plain, this.visit.method, url);
    const { title, headings, links } = await this.plain.evaluate(describe);
    for (const [name, a, b] of [['title', content.title, title], ['headings', content.headings, headings], ['links', content.links, links]]) {
      if (JSON.stringify(a) !== JSON.stringify(b)) this.visit.fault(`without scripts: other ${name}`);
    }
  }
}

async function main([executablePath, address, ...requests]) {
  if (!address) {
    process.stderr.write('usage: node check.mjs CHROMIUM ADDRESS ["METHOD PATH STATUS" …]\n');
    process.exitCode = 2;
    return;
  }
  const browser = await launch(executablePath);
  try {
    const walk = new Walk(browser, address);
    walk.add('GET', '/', 200);
    for (const request of requests) {
      const [method, path, status] = request.split(' ');
      walk.add(method, path, Number(status));
    }
    await walk.run();
    await walk.resolve();
    for (const key of [...walk.visits.keys()].sort()) process.stdout.write(JSON.stringify(walk.visits.get(key)) + '\n');
  } finally {
    await browser.close();
  }
}

await main(process.argv.slice(2));
