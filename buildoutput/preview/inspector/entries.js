// The table of entries: a row for each key, a column for each region.
import { button, byID, list, make, mark, result, say } from './page.js';
import { bytes, nameOf, number, plural, span, visible } from './text.js';

const most = 200; // rows

// rows puts together what the regions have, by key.
export function rows(regions) {
  const found = new Map();
  for (const region of regions) {
    for (const entry of region.entries) {
      const key = JSON.stringify([entry.domain, entry.output, entry.query]);
      if (!found.has(key)) found.set(key, { key, domain: entry.domain, output: entry.output, query: entry.query, held: new Map() });
      found.get(key).held.set(region.name, entry);
    }
  }
  return [...found.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

// statusAt is what a visit is answered at a time: what was fresh when the preview said so may be stale by now.
export function statusAt(entry, now) {
  if (entry.status === 'HIT' && entry.expires && Date.parse(entry.expires) <= now) return { status: 'STALE', reason: 'stale_time' };
  return entry;
}

// words are what the filter finds a row by.
export function words(row, now) {
  const states = [...row.held].map(([region, entry]) => {
    const { status, reason } = statusAt(entry, now);
    return `${region} ${status} ${reason ?? ''} ${entry.httpStatus}`;
  });
  return `${nameOf(row)} ${states.join(' ')}`;
}

// showRegions lists the regions, each with a button that takes it down or up.
export function showRegions(regions, now, act) {
  list(byID('regions'), regions, (region) => region.name, ({ name }) => {
    const item = make('li', {}, make('strong', {}, name), make('span', { class: 'quiet' }));
    const out = result();
    item.append(button('', () => {
      const down = !item.region.down;
      act(out, 'region', { region: name, down }, () => (down ? 'its visitors go to the next region' : 'it is up again'));
    }), out);
    return item;
  }, (item, region) => {
    item.region = region;
    const stale = region.entries.filter((entry) => statusAt(entry, now).status !== 'HIT').length;
    const facts = [plural(region.entries.length, 'entry', 'entries')];
    if (stale > 0) facts.push(`${number(stale)} not fresh`);
    if (region.latencyMs > 0) facts.push(`${region.latencyMs} ms away`);
    if (region.down) facts.unshift('down');
    mark(item, 'data-down', region.down);
    say(item.children[1], facts.join(' · '));
    const turn = item.querySelector('button');
    say(turn, region.down ? 'Bring up' : 'Take down');
    mark(turn, 'aria-label', `${turn.textContent} ${region.name}`);
  });
}

// showEntries fills the table.
export function showEntries(all, shown, regions, now, act) {
  say(byID('entries-count'), all.length > 0 ? number(all.length) : '');
  byID('entries-table').hidden = shown.length === 0;
  byID('entries-table').style.setProperty('--regions', regions.length);
  const heads = [{ name: 'Entry' }, ...regions, { name: 'Actions' }];
  list(byID('entries-head'), heads, ({ name }) => name, () => make('th', { role: 'columnheader', scope: 'col' }),
    (head, { name, down }) => say(head, name + (down ? ' (down)' : '')));
  list(byID('entries-rows'), shown.slice(0, most), (row) => row.key, (row) => newRow(row, act), (tr, row) => updateRow(tr, row, regions, now));
  let more = '';
  if (shown.length > most) more = `${number(shown.length - most)} more: filter to see them.`;
  else if (all.length === 0) more = 'None in memory. What the store keeps comes with the first visit to its page.';
  else if (shown.length === 0) more = `None of ${plural(all.length, 'entry', 'entries')} fits the filter.`;
  say(byID('entries-more'), more);
}

function newRow(row, act) {
  const name = nameOf(row);
  const key = { domain: row.domain, output: row.output, query: row.query };
  const head = make('th', { role: 'rowheader', scope: 'row' }, make('bdi', { class: 'name' }, visible(row.output)));
  if (row.query) head.append(make('bdi', { class: 'query' }, visible(`?${row.query}`)));
  if (row.domain !== 'localhost') head.append(make('bdi', { class: 'query' }, visible(row.domain)));
  const out = result();
  const purge = (text, forGood, done) => button(text, () => act(out, 'purge', { ...key, forGood },
    ({ purged }) => (purged ? done : 'there was nothing to purge')), `${text} ${name}`);
  const buttons = make('div', { class: 'actions' },
    button('Revalidate', () => act(out, 'revalidate', { ...key, region: upRegion(tr.regions) },
      ({ status, reason }) => outcome(status, reason)), `Revalidate ${name}`),
    purge('Purge', false, 'stale in every region'),
    purge('Delete', true, 'deleted: the next visitor waits'));
  const tr = make('tr', { role: 'row' }, head, make('td', { role: 'cell', class: 'acts' }, buttons, out));
  return tr;
}

// upRegion is where a revalidation comes from.
const upRegion = (regions) => (regions.find(({ down }) => !down) ?? regions[0]).name;

function outcome(status, reason) {
  if (status === 'REVALIDATED') return 'rendered anew';
  throw new Error(`${status}${reason ? ` (${reason})` : ''}: no new page, the old one stays`);
}

function updateRow(tr, row, regions, now) {
  tr.regions = regions;
  const names = regions.map(({ name }) => name).join(' ');
  if (tr.names !== names) {
    for (const cell of tr.querySelectorAll('.held')) cell.remove();
    tr.lastElementChild.before(...regions.map(({ name }) => newCell(name)));
    tr.names = names;
  }
  regions.forEach((region, i) => updateCell(tr.children[i + 1], row.held.get(region.name), now));
}

function newCell(region) {
  return make('td', { role: 'cell', class: 'held' },
    make('span', { class: 'region', 'aria-hidden': 'true' }, region),
    make('p', { class: 'state' }, make('span', { class: 'status' }), ' ', make('span', { class: 'reason' })),
    make('p', { class: 'facts' }),
    make('div', { class: 'life', 'aria-hidden': 'true' }, make('i')));
}

function updateCell(cell, entry, now) {
  const [, state, facts, life] = cell.children;
  mark(cell, 'data-none', !entry);
  if (!entry) {
    mark(state.firstElementChild, 'data-status', 'none');
    say(state.firstElementChild, 'not in memory');
    for (const element of [state.lastElementChild, facts]) say(element, '');
    life.hidden = true;
    return;
  }
  const { status, reason } = statusAt(entry, now);
  mark(state.firstElementChild, 'data-status', status);
  say(state.firstElementChild, status);
  const generated = Date.parse(entry.generated);
  const expires = entry.expires && Date.parse(entry.expires);
  say(state.lastElementChild, reason ?? left(status, expires, now));
  life.hidden = !expires || status !== 'HIT';
  if (!life.hidden) life.firstElementChild.style.width = `${Math.max(0, Math.min(100, 100 * (expires - now) / (expires - generated)))}%`;
  const known = [`${span((now - generated) / 1000)} old`, bytes(entry.bytes)];
  if (entry.httpStatus !== 200) known.push(`status ${entry.httpStatus}`);
  if (entry.fallback) known.push('fallback');
  if (entry.asksStore) known.push('asks the store');
  say(facts, known.join(' · '));
}

function left(status, expires, now) {
  if (status === 'REVALIDATED') return 'deleted';
  if (status !== 'HIT') return '';
  return expires ? `${span((expires - now + 999) / 1000)} left` : 'never expires';
}
