// Writes a site under `isrgen dev` and looks at what the browser shows of it:
//
//     node dev.mjs CHROMIUM ADDRESS SITE
//
// It changes files of SITE, waits until the page shows it, and prints for each step a line of JSON with its name, the time from the
// change to the picture in milliseconds, and what was wrong.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launch } from './browser.mjs';

const patience = 30000; // ms until what must show is missing: a machine that does other things as well is slow

async function main([executablePath, address, site]) {
  const browser = await launch(executablePath);
  try {
    const page = await browser.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) faults.push(`a request to ${request.url()}`);
    });
    await page.goto(new URL('/s1/p1/', address).href);

    // step changes a file and waits until the page, or what is shown over it, holds a text.
    const step = async (name, file, change, selector, text) => {
      const path = join(site, file);
      const before = await readFile(path, 'utf8').catch(() => '');
      await mkdir(join(path, '..'), { recursive: true });
      const began = performance.now();
      await writeFile(path, change(before));
      try {
        await page.locator(selector, { hasText: text }).first().waitFor({ timeout: patience });
      } catch (error) {
        faults.push(String(error), await page.content());
      }
      process.stdout.write(`${JSON.stringify({ step: name, milliseconds: performance.now() - began, faults: faults.splice(0) })}\n`);
    };
    for (let i = 0; i < 5; i++) {
      await step('a text', 'content/s1/p1.md', (text) => `${text}\nChange ${i} of the text.\n`, 'main p', `Change ${i}`);
    }
    await step('a new layout', 'layouts/page.html', () => '<!DOCTYPE html><body><main><p>A layout of our own</p>{{ .Content }}</main></body>', 'main p', 'of our own');
    await step('a layout', 'layouts/page.html', (text) => text.replace('of our own', 'of a changed kind'), 'main p', 'of a changed');
    await step('a broken layout', 'layouts/page.html', () => '<!DOCTYPE html><body>{{ .None }}</body>', 'isrgen-faults', 'layouts/page.html:1');
    await step('a mended layout', 'layouts/page.html', () => '<!DOCTYPE html><body><main><p>Mended</p>{{ .Content }}</main></body>', 'main p', 'Mended');
    await step('a broken text', 'content/s1/p1.md', () => '---\ntitle: [\n---\n', 'isrgen-faults', 'content/s1/p1.md:2');
    await step('a mended text', 'content/s1/p1.md', () => 'Whole again.\n', 'main p', 'Whole again');
    if (await page.locator('isrgen-faults').count()) faults.push('what was wrong is still shown');
    process.stdout.write(`${JSON.stringify({ step: 'the end', milliseconds: 0, faults })}\n`);
  } finally {
    await browser.close();
  }
}

await main(process.argv.slice(2));
