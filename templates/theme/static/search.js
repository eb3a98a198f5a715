// The search of the theme. It reads the index when the field is first used, and shows what it finds as links below the field, with the
// words marked. What comes from the index is only ever put into the page as text.

const shown = 10; // of what is found
const around = 150; // letters of a page's text that are shown

// fold takes capitals and accents away, so that "cafe" finds "Café". A text keeps its length, for places in it: a letter that comes apart
// in another way, such as one of Hangul, stays as it is.
const fold = (text) => text.toLowerCase().replace(/[^\x00-\x7f]/g, (letter) => {
  const bare = letter.normalize('NFD').replace(/\p{M}/gu, '');
  return bare.length === 1 ? bare : letter;
});

// Between words of these scripts there is no space, so that a word may begin anywhere.
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

// starts gives where the first word begins that begins with a prefix, or -1.
function starts(folded, prefix, from = 0) {
  for (let at = folded.indexOf(prefix, from); at >= 0; at = folded.indexOf(prefix, at + 1)) {
    if (at === 0 || unspaced.test(prefix) || !/[\p{L}\p{N}]/u.test(folded[at - 1])) return at;
  }
  return -1;
}

// weights are what it is worth that a word is in a part of an entry.
const weights = { title: 12, section: 5, summary: 4, text: 1 };

function read(entries) {
  return entries.map((entry) => {
    const folded = {};
    for (const part of Object.keys(weights)) folded[part] = fold(String(entry[part] ?? ''));
    return { ...entry, folded };
  });
}

// find gives the entries that have all of the words, the best first.
function find(entries, words) {
  const found = [];
  entries.forEach((entry, order) => {
    let score = 0;
    for (const word of words) {
      let best = 0;
      for (const [part, weight] of Object.entries(weights)) {
        const at = starts(entry.folded[part], word);
        if (at >= 0) best = Math.max(best, weight + (part === 'title' && at === 0 ? 4 : 0) + (entry.folded[part] === word ? 8 : 0));
      }
      if (best === 0) return;
      score += best;
    }
    found.push({ entry, score, order });
  });
  return found.sort((a, b) => b.score - a.score || a.order - b.order).map(({ entry }) => entry);
}

// mark appends a text to an element, with the words in it marked.
function mark(element, text, words) {
  const folded = fold(text);
  let from = 0;
  while (from < text.length) {
    let at = -1;
    let length = 0;
    for (const word of words) {
      const next = starts(folded, word, from);
      if (next >= 0 && (at < 0 || next < at)) [at, length] = [next, word.length];
    }
    if (at < 0) break;
    const marked = document.createElement('mark');
    marked.textContent = text.slice(at, at + length);
    element.append(text.slice(from, at), marked);
    from = at + length;
  }
  element.append(text.slice(from));
}

// excerpt is the part of a page that shows why it was found.
function excerpt({ summary = '', text = '', folded }, words) {
  if (summary && words.some((word) => starts(folded.summary, word) >= 0)) return summary;
  const places = words.map((word) => starts(folded.text, word)).filter((at) => at >= 0);
  if (places.length === 0) return summary || text.slice(0, around); // the title or the section has the words
  const from = Math.max(0, Math.min(...places) - around / 3);
  const begin = from === 0 ? 0 : text.indexOf(' ', from) + 1;
  const end = begin + around < text.length ? text.lastIndexOf(' ', begin + around) : text.length;
  return (begin > 0 ? '… ' : '') + text.slice(begin, end > begin ? end : begin + around) + (end < text.length ? ' …' : '');
}

function line(entry, words) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = new URL(entry.url, location.href).origin === location.origin ? entry.url : '/';
  mark(link, entry.title, words);
  item.append(link);
  if (entry.section) {
    const section = document.createElement('span');
    section.textContent = entry.section;
    item.append(' ', section);
  }
  const text = document.createElement('p');
  mark(text, excerpt(entry, words), words);
  item.append(text);
  return item;
}

function start(search) {
  const field = search.querySelector('input');
  const panel = search.querySelector('.search-found');
  const [status, list] = [panel.querySelector('p'), panel.querySelector('ol')];
  let index;

  const load = () => {
    index ??= fetch(search.dataset.index).then((response) => {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    }).then(read);
    return index;
  };

  const close = () => {
    panel.hidden = true;
  };

  const update = async () => {
    const asked = field.value;
    const words = fold(asked).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    if (words.length === 0) {
      list.replaceChildren();
      close();
      return;
    }
    panel.hidden = false;
    let found;
    try {
      found = find(await load(), words);
    } catch {
      index = undefined; // the next letter tries again
      status.textContent = 'The search cannot be reached right now.';
      return;
    }
    if (field.value !== asked) return;
    list.replaceChildren(...found.slice(0, shown).map((entry) => line(entry, words)));
    const count = `${found.length} ${found.length === 1 ? 'page' : 'pages'} found`;
    status.textContent = found.length > shown ? `${count}, the first ${shown} of them below` : found.length === 0 ? 'Nothing found' : count;
  };

  // The arrows go through what was found, as the Tab key does.
  const move = (step) => {
    const stops = [field, ...list.querySelectorAll('a')];
    const next = stops[stops.indexOf(document.activeElement) + step];
    next?.focus();
  };

  field.addEventListener('focus', () => load().catch(() => { index = undefined; }), { once: true });
  field.addEventListener('focus', () => { panel.hidden = list.childElementCount === 0; });
  field.addEventListener('input', update);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && event.target === field) {
      list.querySelector('a')?.click();
    } else if (event.key === 'Escape' && !panel.hidden) {
      event.preventDefault();
      field.focus();
      close();
    }
  });
  search.addEventListener('focusout', ({ relatedTarget }) => {
    if (!search.contains(relatedTarget)) close();
  });
  search.hidden = false;
}

for (const search of document.querySelectorAll('.search')) start(search);
