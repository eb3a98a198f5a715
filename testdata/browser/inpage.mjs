// Functions that run inside the page under test. Each stands alone: only its own text is sent there.

// describe says what a page has. A link with page set is one that a reader can follow.
export function describe() {
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content.trim();
  const links = [];
  for (const element of document.querySelectorAll('a[href], link[href]:not([rel=canonical]), [src]')) {
    const url = element.href ?? element.src;
    if (/^https?:/.test(url)) links.push({ url, page: element.matches('a:not([download])') && !/\.(?!html)\w+$/.test(new URL(url).pathname) });
  }
  return {
    title: document.title.trim(),
    lang: document.documentElement.lang,
    description: meta('description'),
    canonical: document.querySelector('link[rel=canonical]')?.href,
    headings: [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((heading) => heading.textContent.trim()),
    navigation: document.querySelector('nav') !== null,
    ids: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    links,
  };
}

// stops names what the Tab key must reach, in the order of the page. Scrollers are among it, as what they hide cannot be
// read otherwise.
export function stops() {
  const names = [];
  for (const element of document.body.querySelectorAll('*')) {
    const { overflowX } = getComputedStyle(element);
    const scrolls = ['auto', 'scroll'].includes(overflowX) && element.scrollWidth > element.clientWidth;
    if (scrolls || element.matches('a[href], button, input:not(:disabled), select, textarea, summary, [tabindex="0"]')) {
      names.push(`${element.localName} "${element.textContent.trim().replace(/\s+/g, ' ').slice(0, 30)}"`);
    }
  }
  return names;
}

// recordFocus gives a list that grows with each element that gets the focus.
export function recordFocus() {
  const focused = [];
  document.addEventListener('focusin', ({ target }) => {
    const { outlineStyle, outlineWidth, opacity, visibility } = getComputedStyle(target);
    const { width, height, right, bottom } = target.getBoundingClientRect();
    focused.push({
      name: `${target.localName} "${target.textContent.trim().replace(/\s+/g, ' ').slice(0, 30)}"`,
      visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && opacity > 0 && visibility === 'visible'
        && width > 0 && height > 0 && right + scrollX > 0 && bottom + scrollY > 0,
    });
  });
  return focused;
}

// measure names the widest element of a page that can be scrolled sideways.
export function measure() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return null;
  let widest = document.body;
  for (const element of document.body.querySelectorAll('*')) {
    if (element.getBoundingClientRect().right > widest.getBoundingClientRect().right) widest = element;
  }
  return `${widest.localName}.${widest.className}, ${scrollWidth - clientWidth} px too wide`;
}
