// The tables of outputs, deployments and events.
import { button, byID, list, make, mark, result, say } from './page.js';
import { bytes, day, milliseconds, nameOf, number, plural, seconds, span, timeOfDay, visible } from './text.js';

const most = 200; // rows
const mostEvents = 50;
const fewStatic = 10;

export function showRoutes(all, shown, act) {
  const isStatic = ({ kind }) => kind === 'static';
  const functions = shown.filter((route) => !isStatic(route));
  say(byID('routes-count'), number(all.length));
  byID('routes-table').hidden = functions.length === 0;
  list(byID('routes-rows'), functions.slice(0, most), ({ output }) => output, (route) => newRoute(route, act), updateRoute);
  say(byID('routes-more'), moreThan(functions.length));
  showStatic(all.filter(isStatic).length, shown.filter(isStatic));
}

const moreThan = (n) => (n > most ? `${number(n - most)} more: filter to see them.` : '');

function showStatic(count, shown) {
  const details = byID('static');
  if (details.hidden && count > 0) details.open = count <= fewStatic;
  details.hidden = count === 0;
  say(byID('static-count'), shown.length === count ? plural(count, 'static file') : `${number(shown.length)} of ${plural(count, 'static file')}`);
  list(byID('static-rows'), shown.slice(0, most), ({ output }) => output, ({ output }) => make('li', {}, make('bdi', {}, visible(output) || '/')), () => {});
  say(byID('static-more'), moreThan(shown.length));
}

const columns = ['Kind', 'Fresh for', 'Group', 'Fallback', 'Token'];

function newRoute({ output }, act) {
  const out = result();
  const tr = make('tr', { role: 'row' }, make('th', { role: 'rowheader', scope: 'row' }, make('bdi', { class: 'name' }, visible(output) || '/')));
  for (const name of columns) {
    tr.append(make('td', { role: 'cell' }, make('span', { class: 'column', 'aria-hidden': 'true' }, name), make('span')));
  }
  const turn = button('', () => {
    const down = !tr.route.down;
    act(out, 'function', { output, down }, () => (down ? 'its renders fail from now on' : 'it is up again'));
  });
  tr.append(make('td', { role: 'cell', class: 'acts' }, make('div', { class: 'actions' }, turn), out));
  return tr;
}

function updateRoute(tr, route) {
  tr.route = route;
  mark(tr, 'data-down', route.down ?? false);
  const lifetime = route.expiration === 'never' ? 'ever' : route.expiration ? span(seconds(route.expiration)) : '';
  const texts = [route.kind, lifetime, route.group ? String(route.group) : '', route.fallback ? 'yes' : '',
    route.token ? (route.draft ? 'yes, in draft mode' : 'yes') : ''];
  texts.forEach((text, i) => {
    say(tr.children[i + 1].lastElementChild, text);
    mark(tr.children[i + 1], 'data-empty', text === '');
  });
  const turn = tr.querySelector('button');
  say(turn, route.down ? 'Bring up' : 'Take down');
  mark(turn, 'aria-label', `${turn.textContent} ${visible(route.output)}`);
}

export function showDeployments(deployments, act) {
  list(byID('deployments-rows'), deployments, ({ id }) => id, ({ id }) => {
    const out = result();
    const promote = button('Promote', () => act(out, 'promote', { id }, () => 'served from now on'), `Promote ${id}`);
    return make('li', {}, make('code', {}, id), make('span', { class: 'quiet' }), promote, out);
  }, (item, { since, current }) => {
    const date = new Date(since);
    mark(item, 'aria-current', current);
    say(item.children[1], `${current ? 'served now, ' : ''}first ${day(date)} ${timeOfDay(date)}`);
    item.querySelector('button').hidden = current;
  });
  byID('rollback').hidden = deployments.length < 2;
}

export function showEvents(all, shown) {
  byID('timeline-none').hidden = all.length > 0;
  const seen = new Map();
  const keyed = shown.map((event) => {
    const key = JSON.stringify([event.time, event.what, event.output, event.query, event.region]);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return { key: `${key} ${seen.get(key)}`, event };
  }).reverse();
  list(byID('events'), keyed.slice(0, mostEvents), ({ key }) => key, newEvent, () => {});
  let more = '';
  if (shown.length > mostEvents) more = `${number(shown.length - mostEvents)} earlier: filter to see them.`;
  else if (all.length > 0 && shown.length === 0) more = `None of ${plural(all.length, 'event')} fits the filter.`;
  say(byID('events-more'), more);
}

// facts is what an event says besides its name.
export function facts({ region, status, bytes: size, tookMs }) {
  const known = [];
  if (region) known.push(region);
  if (status) known.push(`status ${status}`, bytes(size ?? 0));
  if (tookMs >= 0.05) known.push(milliseconds(tookMs));
  return known.join(' · ');
}

function newEvent({ event }) {
  const item = make('li', { 'data-what': event.what },
    make('time', { datetime: event.time }, timeOfDay(new Date(event.time))), ' ',
    make('span', { class: 'status', 'data-status': event.what }, event.what), ' ',
    make('bdi', { class: 'name' }, nameOf(event)),
    make('p', { class: 'facts' }, facts(event)));
  if (event.error) item.append(make('p', { class: 'error' }, event.error));
  return item;
}
