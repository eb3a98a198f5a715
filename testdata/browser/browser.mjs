// The browser, and the judge of accessibility that is loaded into its pages.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// launch starts a browser that asks nobody for anything by itself.
export function launch(executablePath) {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

// load puts the judge into a page.
export const load = (page) => page.evaluate(axe);

// violations says what the judge found in a page that it was loaded into.
export async function violations(page, look, options) {
  // What the keyboard scrolled out of sight, inside of the page too, cannot be judged.
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('*')) if (element.scrollTop) element.scrollTop = 0;
  });
  const found = await page.evaluate(
    (options) => window.axe.run({ ...options, resultTypes: ['violations', 'incomplete'] }), options);
  const faults = [];
  for (const { id, help, nodes } of [...found.violations, ...found.incomplete]) {
    for (const { target, any, all, none } of nodes) {
      const [reason] = [...any, ...all, ...none];
      // What axe cannot decide, somebody has to look at; but for a text of punctuation alone, any contrast is enough.
      if (reason?.data?.messageKey === 'nonBmp') continue;
      // Drawings have letters one by one, in the colour of the text around them.
      if (reason?.data?.messageKey === 'shortTextContent' && target.join(' ').includes('text[')) continue;
      faults.push(`axe ${id}, ${look}: ${target.join(' ')}: ${help}. ${reason?.message ?? ''}`.trim());
    }
  }
  return faults;
}
