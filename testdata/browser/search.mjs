// Uses the search of a site in Chromium with the keyboard alone, and says what is wrong as one line of JSON for each check:
//
//     node search.mjs CHROMIUM ADDRESS
//
//     {"check": "an accent", "faults": ["…"]}
//
// The site is the one of TestSearchInBrowser. A fault is an answer like any other: the exit status says only whether this program could
// run.
import { launch, load, rules, violations } from './browser.mjs';
import { measure } from './inpage.mjs';

const patience = 30000; // ms until what must show is missing: a machine that does other things as well is slow

class Reader {
  constructor(page, address) {
    Object.assign(this, { page, address, faults: [], asked: 0, expected: false });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !this.expected) this.faults.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`script: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.faults.push(`${dialog.type()}: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== new URL(address).origin) this.faults.push(`request to another host: ${url}`);
      if (url.pathname === '/search.json') this.asked++;
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

  get field() {
    return this.page.getByRole('searchbox', { name: 'Search' });
  }

  get found() {
    return this.page.locator('.search li a');
  }

  open() {
    this.asked = 0;
    return this.page.goto(this.address);
  }

  // search types a text into the field, which has the focus, and waits for what the page says of it.
  async search(text, says) {
    await this.field.focus();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
    await this.page.getByRole('status').filter({ hasText: says }).waitFor({ timeout: patience });
  }

  expect(what, got, want) {
    if (JSON.stringify(got) !== JSON.stringify(want)) this.faults.push(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
  }

  focused() {
    return this.page.evaluate(() => document.activeElement.textContent || document.activeElement.localName);
  }
}

async function acts(reader) {
  const { page } = reader;
  await reader.check('nothing is asked before the field is used', async () => {
    await reader.open();
    await page.waitForLoadState('networkidle');
    reader.expect('requests', reader.asked, 0);
    await reader.field.focus();
    await reader.search('harbour', '1 page found');
    await reader.search('quay', '1 page found');
    reader.expect('requests', reader.asked, 1);
  });
  await reader.check('titles go first, and words may be begun', async () => {
    await reader.search('stor', '2 pages found');
    reader.expect('found', await reader.found.allTextContents(), ['Storms', 'The harbour']);
    await reader.search('storm harbour', '1 page found');
    await reader.search('torm', 'Nothing found');
  });
  await reader.check('accents and capitals are no matter', async () => {
    await reader.search('CAFE', '1 page found');
    reader.expect('found', await reader.found.allTextContents(), ['Le café']);
    reader.expect('marked', await page.locator('.search a mark').allTextContents(), ['café']);
  });
  await reader.check('scripts without spaces, and letters that come apart', async () => {
    await reader.search('東京', '1 page found');
    reader.expect('marked', await page.locator('.search li p mark').allTextContents(), ['東京']);
    await reader.search('한국', '1 page found');
    await reader.search('항구', 'Nothing found');
  });
  await reader.check('many', async () => {
    await reader.search('number', '25 pages found, the first 10 of them below');
    reader.expect('shown', await reader.found.count(), 10);
  });
  await reader.check('a text that would be something else as HTML', async () => {
    await reader.search('hostile', '1 page found');
    reader.expect('found', await reader.found.allTextContents(), ['Hostile <img src=x onerror=alert(1)>']);
    reader.expect('images', await page.locator('.search img').count(), 0);
  });
  await reader.check('arrows, Escape and Enter', async () => {
    await reader.search('stor', '2 pages found');
    for (const [key, at] of [['ArrowDown', 'Storms'], ['ArrowDown', 'The harbour'], ['ArrowDown', 'The harbour'], ['ArrowUp', 'Storms'], ['ArrowUp', 'input'], ['Tab', 'Storms']]) {
      await page.keyboard.press(key);
      reader.expect(`after ${key}`, await reader.focused(), at);
    }
    await page.keyboard.press('Escape');
    reader.expect('after Escape', await reader.focused(), 'input');
    reader.expect('the panel', await page.locator('.search-found').isVisible(), false);
    await reader.search('harbour', '1 page found');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/harbour/', { timeout: patience });
  });
  await reader.check('leaving closes it', async () => {
    await reader.open();
    await reader.search('stor', '2 pages found');
    await page.keyboard.press('Shift+Tab');
    reader.expect('the panel', await page.locator('.search-found').isVisible(), false);
  });
  await reader.check('accessible while open', async () => {
    for (const [look, width, colorScheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['320 px', 320, 'light']]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 740 });
      await reader.open();
      await load(page);
      await reader.search('stor', '2 pages found');
      // The panel lies over the page of a small screen, where axe cannot tell the ground of what is below it. The colours are the same.
      const options = width > 400 ? {} : { rules: { 'color-contrast': { enabled: false } } };
      reader.faults.push(...await violations(page, look, { runOnly: rules, ...options }));
      const wide = await page.evaluate(measure);
      if (wide) reader.faults.push(`${look}: scrolls sideways, for ${wide}`);
    }
  });
  await reader.check('an index that cannot be had is asked for again', async () => {
    reader.expected = true;
    await page.route('**/search.json', (route) => route.abort());
    await reader.open();
    await reader.search('stor', 'cannot be reached');
    await page.unroute('**/search.json');
    await reader.search('storm', '2 pages found');
  });
}

async function main([executablePath, address]) {
  const browser = await launch(executablePath);
  try {
    await acts(new Reader(await browser.newPage(), address));
  } finally {
    await browser.close();
  }
}

await main(process.argv.slice(2));
