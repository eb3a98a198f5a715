// Uses the inspector of a preview in Chromium as an operator does, with the keyboard alone, and says what is wrong as one line of
// JSON for each check:
//
//     node inspect.mjs CHROMIUM ADDRESS CONTROL SCREENSHOTS SCRIPT
//
//     {"check": "a purge", "faults": ["…"]}
//
// SCRIPT is "acts" or "hostile". CONTROL is the address of the test that runs this program: it breaks connections and exchanges
// the output when asked. A fault is an answer like any other: the exit status says only whether this program could run.
import { join } from 'node:path';
import { launch, load, rules, violations } from './browser.mjs';
import { measure } from './inpage.mjs';

const desktop = { width: 1280, height: 600 };
const phone = { width: 360, height: 740 };
const patience = 30000; // ms until what must show is missing: a machine that does other things as well is slow

class Operator {
  constructor(page, address, control, screenshots) {
    Object.assign(this, { page, address, control, screenshots, faults: [], expected: false });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !this.expected) this.faults.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`script: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.faults.push(`${dialog.type()}: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(address).origin) this.faults.push(`request to another host: ${request.url()}`);
    });
  }

  async check(name, does) {
    try {
      await does();
    } catch (error) {
      this.faults.push(error.message.split('\n').slice(0, 4).join(' '));
    }
    process.stdout.write(JSON.stringify({ check: name, faults: this.faults }) + '\n');
    this.faults = [];
  }

  // visit asks for a page as somebody in a region does.
  async visit(path, region, headers = {}) {
    const response = await fetch(this.address + path, { headers: { ...(region && { 'x-isrgen-region': region }), ...headers } });
    await response.text();
    return response.headers.get('x-vercel-cache');
  }

  async ask(what) {
    const response = await fetch(`${this.control}/${what}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
  }

  open() {
    return this.page.goto(`${this.address}/__isrgen/`).then(() => this.shows('#connection', 'live'));
  }

  // shows waits for a text within an element.
  async shows(selector, text) {
    const within = this.page.locator(selector).filter({ hasText: text }).first();
    await within.waitFor({ timeout: patience }).catch(async () => {
      const all = await this.page.locator(selector).allInnerTexts();
      throw new Error(`${selector} does not show ${text}, but ${JSON.stringify(all.slice(0, 3)).slice(0, 400)}`);
    });
  }

  async gone(selector, text) {
    await this.page.locator(selector).filter({ hasText: text }).waitFor({ state: 'detached', timeout: patience });
  }

  // press goes to a control with the Tab key, sees that the focus shows, and presses Enter.
  async press(name, key = 'Enter') {
    const control = typeof name === 'string' ? this.page.getByRole('button', { name, exact: true }).first() : name;
    await control.waitFor({ timeout: patience });
    await this.pressTab(await control.evaluate(distance) - 2);
    for (let i = 0; i < 300; i++) {
      if (await control.evaluate((element) => element === document.activeElement)) {
        const outline = await control.evaluate((element) => getComputedStyle(element).outlineStyle);
        if (outline === 'none') this.faults.push(`the focus on ${name} does not show`);
        await this.page.keyboard.press(key);
        return;
      }
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`the Tab key does not lead to ${name}`);
  }

  // pressTab sends all key strokes at once, of which the browser keeps the order.
  async pressTab(times) {
    this.devtools ??= await this.page.context().newCDPSession(this.page);
    const strokes = [];
    for (let i = 0; i < times; i++) {
      for (const type of ['rawKeyDown', 'keyUp']) {
        strokes.push(this.devtools.send('Input.dispatchKeyEvent', { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9, type }));
      }
    }
    await Promise.all(strokes);
  }

  async type(selector, text) {
    await this.press(this.page.locator(selector), 'Control+a');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.type(text);
  }

  // look judges the page in both schemes, and at each width.
  async look() {
    const { page } = this;
    await load(page);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      this.faults.push(...await violations(page, colorScheme, { runOnly: rules }));
    }
    for (const width of [1920, 1280, 900, 600, 360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      const wide = await page.evaluate(measure);
      if (wide) this.faults.push(`${width} px: scrolls sideways, for ${wide}`);
      for (const cut of await page.evaluate(cutOff)) this.faults.push(`${width} px: ${cut} is cut off`);
    }
    await page.setViewportSize(phone);
    this.faults.push(...await violations(page, '360 px', { runOnly: rules }));
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize(desktop);
  }

  async picture(name, size, colorScheme) {
    await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await this.page.setViewportSize(size);
    await this.page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
    await this.page.screenshot({ path: join(this.screenshots, name) });
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await this.page.setViewportSize(desktop);
  }
}

// cutOff runs inside the page: which buttons reach out of what holds them, where that does not scroll.
function cutOff() {
  return [...document.querySelectorAll('td button, li button')].filter((button) => {
    const holder = button.closest('td, li');
    return button.checkVisibility() && button.getBoundingClientRect().right > holder.getBoundingClientRect().right + 1;
  }).map((button) => button.getAttribute('aria-label') ?? button.textContent);
}

// distance runs inside the page: how many stops of the Tab key an element is ahead of the focus, more or less.
function distance(element) {
  const stops = [...document.querySelectorAll('a[href], button, input, summary')].filter((stop) => stop.checkVisibility());
  const ahead = stops.indexOf(element) - stops.indexOf(document.activeElement);
  return ahead < 0 ? ahead + stops.length : ahead;
}

const row = (name) => `#entries-rows tr:has(th:has-text("${name}"))`;
const routeRow = (name) => `#routes-rows tr:has(th:has-text("${name}"))`;

// acts does everything that the inspector has a button for. posts/hello is fresh for a minute; the regions are iad1, fra1 and hnd1.
async function acts(operator) {
  const { page } = operator;
  const hello = row('posts/hello');
  for (const region of ['iad1', 'fra1', 'hnd1']) await operator.visit('/posts/hello', region);
  for (const year of [2019, 2020, 2021]) await operator.visit(`/archive/${year}`, 'fra1');
  await operator.visit('/posts/regions', 'iad1');
  await operator.visit('/search?q=cache', 'hnd1');
  await operator.check('what is there', async () => {
    await operator.open();
    await operator.shows(`${hello} td:nth-of-type(1)`, 'HIT');
    await operator.shows(`${hello} td:nth-of-type(3)`, 'left');
    await operator.shows(`${row('posts/regions')} td:nth-of-type(2)`, 'not in memory');
    await operator.shows(`${routeRow('posts/hello')}`, '1 min');
    await operator.shows(`${routeRow('api/orders')}`, 'function');
    await operator.shows('#static summary', '14 static files');
    if (await page.locator('#static').evaluate(({ open }) => open)) operator.faults.push('many static files are not collapsed');
    await operator.shows('#deployments-rows', 'served now');
    const left = await page.locator(`${hello} .facts`).first().innerText();
    await page.waitForFunction(([selector, left]) => document.querySelector(selector).innerText !== left,
      ['#entries-rows tr:nth-child(5) .facts', left], { timeout: patience });
  });
  await operator.check('events without a reload', async () => {
    await page.evaluate(() => { window.same = true; });
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await page.route('**/api/state', async (route) => { await held; await route.continue(); });
    await operator.visit('/archive/1999', 'hnd1');
    await operator.shows('#events li:first-child', 'archive/[year]?year=1999');
    await operator.shows('#events li:first-child', 'hnd1');
    await operator.shows('#news', 'year=1999');
    release();
    await page.unrouteAll({ behavior: 'wait' });
    await operator.shows(row('1999'), 'HIT');
  });
  await operator.check('a purge', async () => {
    await operator.press('Purge posts/hello');
    await operator.shows(`${hello} .result`, 'stale in every region');
    await operator.shows(`${hello} td:nth-of-type(2)`, 'stale_tag');
    await operator.shows('#events li:first-child', 'purged');
  });
  await operator.check('a revalidation', async () => {
    await operator.press('Revalidate posts/hello');
    await operator.shows(`${hello} .result`, 'rendered anew');
    await operator.shows(`${hello} td:nth-of-type(1)`, 'HIT');
    await operator.shows('#events li:first-child', 'rendered');
  });
  await operator.check('the clock', async () => {
    await operator.press('+1 min');
    await operator.shows('#advance-result', 'advanced by 1 min');
    await operator.shows('#ahead', '1 min ahead');
    await operator.shows(`${hello} td:nth-of-type(1)`, 'stale_time');
    await operator.press('+1 h');
    await operator.shows('#ahead', '1 h 1 min ahead');
    await operator.press('+1 day');
    await operator.shows('#ahead', '1 d 1 h ahead');
    await operator.type('#advance-by', 'soon');
    await page.keyboard.press('Enter');
    await operator.shows('#advance-result[data-failed]', 'write a time such as 90s');
    operator.expected = true; // the browser says that an answer has an error status
    await operator.type('#advance-by', '99999999999d');
    await page.keyboard.press('Enter');
    await operator.shows('#advance-result[data-failed]', 'years');
    operator.expected = false;
    await operator.type('#advance-by', '2d 3h');
    await page.keyboard.press('Enter');
    await operator.shows('#advance-result', 'advanced by 2 d 3 h');
    await operator.shows('#ahead', '3 d 4 h ahead');
  });
  await operator.check('a function that is down', async () => {
    await operator.press('Take down posts/hello');
    await operator.shows(`${routeRow('posts/hello')} .result`, 'its renders fail');
    await operator.press('Revalidate posts/hello');
    await operator.shows(`${hello} .result[data-failed]`, 'the old one stays');
    await operator.shows(`${hello} td:nth-of-type(1)`, 'stale_error');
    await operator.shows('#events li:first-child .error', 'down');
  });
  await operator.check('pictures', async () => {
    for (const region of ['iad1', 'fra1', 'hnd1', 'iad1', 'fra1']) await operator.visit('/posts/regions', region);
    await operator.visit('/archive/2020', 'iad1');
    await operator.visit('/search?q=cache', 'fra1');
    await operator.shows(`${row('q=cache')} td:nth-of-type(2)`, 'HIT');
    await operator.picture('inspector.png', desktop, 'light');
    await operator.picture('inspector-dark.png', desktop, 'dark');
    await operator.picture('inspector-phone.png', phone, 'light');
  });
  await operator.check('a function that is up again', async () => {
    await operator.press('Bring up posts/hello');
    await operator.shows(`${routeRow('posts/hello')} .result`, 'up again');
    await operator.press('Revalidate posts/hello');
    await operator.shows(`${hello} td:nth-of-type(1)`, 'HIT');
  });
  await operator.check('a deletion', async () => {
    await operator.press('Delete posts/hello');
    await operator.shows(`${hello} .result`, 'deleted');
    await operator.shows(`${hello} td:nth-of-type(1)`, 'REVALIDATED');
    const status = await operator.visit('/posts/hello', 'iad1');
    if (status !== 'REVALIDATED') operator.faults.push(`the next visit is ${status}`);
    await operator.shows(`${hello} td:nth-of-type(1)`, 'HIT');
    operator.expected = true;
    await operator.press('Delete posts/regions');
    await operator.press('Purge posts/regions');
    await operator.shows(`${row('posts/regions')} .result`, 'nothing to purge');
    operator.expected = false;
  });
  await operator.check('a region that is down', async () => {
    await operator.press('Take down fra1');
    await operator.shows('#regions li:nth-child(2)', 'down');
    await operator.shows('#entries-head', 'fra1 (down)');
    const before = await operator.visit('/archive/2007', 'fra1');
    await operator.shows(`${row('year=2007')} td:nth-of-type(2)`, 'not in memory');
    if (before !== 'MISS') operator.faults.push(`a visit is ${before}`);
    await operator.press('Bring up fra1');
    await operator.shows('#regions li:nth-child(2) .result', 'up again');
    await operator.gone('#entries-head th', 'fra1 (down)');
  });
  await operator.check('draft mode', async () => {
    await operator.shows('#draft-state', 'Off');
    await operator.press('Turn on');
    await operator.shows('#draft-state', 'On: this browser has');
    await operator.shows(routeRow('posts/hello'), 'in draft mode');
    const visit = () => page.evaluate(() => fetch('/posts/hello').then(({ headers }) => headers.get('x-vercel-cache')));
    if (await visit() !== 'BYPASS') operator.faults.push('this browser is not in draft mode');
    if (await operator.visit('/posts/hello', 'iad1') === 'BYPASS') operator.faults.push('others are in draft mode');
    await operator.press('Turn off');
    await operator.shows('#draft-state', 'Off');
    if (await visit() === 'BYPASS') operator.faults.push('this browser is still in draft mode');
  });
  await operator.check('the filter', async () => {
    await operator.type('#filter', 'year=20 hit');
    await operator.shows('#matches', '4 entries');
    await operator.gone('#entries-rows th', 'posts/hello');
    await operator.type('#filter', 'css');
    await operator.shows('#static summary', 'of 14 static files');
    await operator.press(page.locator('#static summary'));
    await operator.shows('#static-rows', 'assets/theme.css');
    await operator.shows('#entries-more', 'fits the filter');
    await operator.press(page.locator('#filter'), 'Control+a');
    await page.keyboard.press('Delete');
    await operator.shows('#entries-rows', 'posts/hello');
  });
  await operator.check('deployments', async () => {
    await operator.ask('deploy');
    await operator.visit('/posts/hello', 'iad1');
    await operator.shows('#deployments-rows li:nth-child(2)', 'first');
    const [first, second] = await page.locator('#deployments-rows li code').allInnerTexts();
    await operator.press('Roll back');
    await operator.shows('#rollback-result', `back to ${second}`);
    await operator.shows('#deployments-rows li[aria-current]', second);
    const kept = await operator.visit('/archive/2020', 'hnd1');
    if (kept !== 'HIT') operator.faults.push(`what was generated before is ${kept}`);
    await operator.shows(row('year=2020'), 'HIT');
    await operator.press(`Promote ${first}`);
    await operator.shows('#deployments-rows li[aria-current]', first);
    await operator.press('Roll back');
    await operator.shows('#deployments-rows li[aria-current]', second);
    operator.expected = true;
    await operator.press('Roll back');
    await operator.shows('#rollback-result[data-failed]', 'no deployment before');
    operator.expected = false;
  });
  await operator.check('a connection that was lost', async () => {
    operator.expected = true;
    await operator.ask('break');
    await operator.shows('#connection', 'lost');
    await operator.shows('#trouble', 'does not say');
    await operator.ask('mend');
    await operator.shows('#connection', 'live');
    await operator.visit('/archive/1066', 'iad1');
    await operator.shows('#events', 'year=1066');
    await operator.ask('cut');
    await operator.shows('#connection', 'lost');
    await operator.shows('#connection', 'live');
    operator.expected = false;
    if (!await page.evaluate(() => window.same)) operator.faults.push('the page was loaded anew');
  });
  await operator.check('the skip link', async () => {
    await page.reload();
    await operator.shows('#connection', 'live');
    await operator.shows('#entries-rows', 'year=1066'); // else what has the focus may be replaced
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const reached = await page.evaluate(() => document.activeElement.textContent);
    if (!reached.startsWith('Take down')) operator.faults.push(`after the skip link comes ${reached}`);
  });
  await operator.check('looks', () => operator.look());
}

// hostile opens the inspector of an output whose names and queries are made to break it, and which has a lot of them. Its clock is
// the real one.
async function hostile(operator) {
  const { page } = operator;
  const queries = ['<img src=x onerror=alert(1)>', '"\'`&amp;</script><script>alert(2)</script>', '\u202egnp.exe', 'שלום עולם', 'x'.repeat(300)];
  for (const q of queries) await operator.visit(`/search?q=${encodeURIComponent(q)}`);
  for (let i = 0; i < 300; i++) await operator.visit(`/search?q=${i}`);
  await operator.check('many rows', async () => {
    await operator.open();
    await operator.shows('#entries-more', '105 more');
    const count = await page.locator('#entries-rows tr').count();
    if (count !== 200) operator.faults.push(`${count} rows`);
    await operator.press(page.locator('#static summary'));
    await operator.shows('#static-more', '100 more');
  });
  await operator.check('hostile names', async () => {
    await operator.shows('#routes-rows', '<img src=x onerror=alert(1)>');
    await operator.shows('#routes-rows', '"\'`&amp;');
    await operator.shows('#routes-rows', '‹U+202E›gnp.exe');
    await operator.type('#filter', 'onerror');
    await operator.shows('#entries-rows', 'onerror');
    for (const wanted of ['script', 'xxxxxxxx', 'gnp.exe', '%D7%A9']) {
      await operator.type('#filter', wanted);
      await operator.shows('#matches', '1 entry');
    }
    await operator.type('#filter', 'search');
    const made = await page.evaluate(() => document.querySelectorAll('main img, main script, aside img, aside script').length);
    if (made > 0) operator.faults.push(`${made} elements came of names`);
    if (!await page.locator('#entries-rows bdi').count()) operator.faults.push('names are not isolated');
  });
  await operator.check('no virtual clock', async () => {
    await operator.shows('#real-time', '--virtual-clock');
    if (await page.locator('#advance').isVisible()) operator.faults.push('the clock can be advanced');
    await operator.shows('#draft-state', 'No output has a bypass token');
    if (await page.locator('#draft-toggle').isVisible()) operator.faults.push('draft mode can be turned on');
  });
  await operator.check('looks of hostile names', async () => {
    for (const wanted of ['x'.repeat(40), 'onerror', 'gnp']) {
      await operator.type('#filter', wanted);
      await operator.shows('#matches', /1 entry|route/);
      await operator.look();
    }
    await operator.picture('hostile.png', phone, 'light');
  });
}

async function main([executablePath, address, control, screenshots, script]) {
  const run = { acts, hostile }[script];
  if (!run) {
    process.stderr.write('usage: node inspect.mjs CHROMIUM ADDRESS CONTROL SCREENSHOTS acts|hostile\n');
    process.exitCode = 2;
    return;
  }
  const browser = await launch(executablePath);
  try {
    const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
    await run(new Operator(await context.newPage(), address, control, screenshots));
  } finally {
    await browser.close();
  }
}

await main(process.argv.slice(2));
