// The inspector: asks the preview for its state, shows it, and has done what buttons are for.
import { rows, showEntries, showRegions, words } from './entries.js';
import { byID, mark, say } from './page.js';
import { facts, showDeployments, showEvents, showRoutes } from './routes.js';
import { follow, state, tell } from './server.js';
import { day, nameOf, plural, seconds, span, timeOfDay } from './text.js';

const shortest = 1500; // ms between two questions, unless something happens
const busy = 10; // and this many times what the last one took, so that a large state does not keep both sides busy
const mostEvents = 200; // as the preview remembers
const newsEvery = 2000; // ms between announcements

let known; // the state
let arrived; // when it came
let asking; // ends when the page shows the answer
let again = false;
let timer;

// now is the time of the preview, which can be ahead.
const now = () => Date.parse(known.now) + performance.now() - arrived;

// refresh asks for the state, once more if something happens meanwhile. It ends when the page shows what is so now.
function refresh() {
  again = true;
  asking ??= ask().finally(() => { asking = undefined; });
  return asking;
}

async function ask() {
  clearTimeout(timer);
  const began = performance.now();
  try {
    while (again) {
      again = false;
      known = await state();
      arrived = performance.now();
    }
    byID('trouble').hidden = true;
    show();
  } catch (error) {
    say(byID('trouble'), `The preview does not say how it is: ${error.message}`);
    byID('trouble').hidden = false;
  }
  timer = setTimeout(refreshIfSeen, Math.max(shortest, busy * (performance.now() - began)));
}

function refreshIfSeen() {
  if (!document.hidden) refresh();
}

// fits reports whether a text has all words of the filter.
function fits(text) {
  const wanted = byID('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return true;
  const within = text.toLowerCase();
  return wanted.every((word) => within.includes(word));
}

const fitsEvent = (event) => fits(`${nameOf(event)} ${event.what} ${event.region} ${event.error ?? ''}`);

function show() {
  if (!known) return;
  const at = now();
  const entries = rows(known.regions);
  const filtered = entries.filter((row) => fits(words(row, at)));
  const routes = known.routes.filter((route) => fits(`${route.output} ${route.kind} ${route.down ? 'down' : ''}`));
  const events = known.events.filter(fitsEvent);
  showRegions(known.regions, at, act);
  showEntries(entries, filtered, known.regions, at, act);
  showRoutes(known.routes, routes, act);
  showEvents(known.events, events);
  showDeployments(known.deployments, act);
  showDraft();
  byID('advance').hidden = !known.virtualClock;
  byID('real-time').hidden = known.virtualClock;
  say(byID('matches'), byID('filter').value.trim() === '' ? '' :
    `${plural(filtered.length, 'entry', 'entries')}, ${plural(routes.length, 'route')}, ${plural(events.length, 'event')}`);
  tick();
}

// tick shows what passes by itself.
function tick() {
  const date = new Date(now());
  say(byID('now'), `${day(date)} ${timeOfDay(date)}`);
  mark(byID('now'), 'datetime', date.toISOString());
  const ahead = (now() - Date.now()) / 1000;
  say(byID('ahead'), ahead > 2 ? `${span(ahead + 0.5)} ahead` : '');
}

const latest = new WeakMap(); // what each element for a result waits for: an action that took longer does not overwrite a later one's

// act has something done, says what came of it in the element out, and shows the state that it led to.
async function act(out, action, body, done) {
  const mine = {};
  latest.set(out, mine);
  say(out, '');
  mark(out, 'data-failed', false);
  mark(out, 'data-busy', true);
  let text;
  let failed = false;
  try {
    text = done(await tell(action, body));
  } catch (error) {
    failed = true;
    text = error.message;
  }
  await refresh();
  if (latest.get(out) !== mine) return;
  mark(out, 'data-failed', failed);
  mark(out, 'data-busy', false);
  say(out, text);
}

function showDraft() {
  const able = known.routes.filter(({ token }) => token);
  const on = able.filter(({ draft }) => draft).length;
  const toggle = byID('draft-toggle');
  toggle.hidden = able.length === 0;
  mark(toggle, 'aria-pressed', on > 0);
  say(toggle, on > 0 ? 'Turn off' : 'Turn on');
  let text = 'Off: this browser sees what every visitor does.';
  if (able.length === 0) text = 'No output has a bypass token, which draft mode needs.';
  else if (on > 0) text = `On: this browser has ${on === able.length ? plural(on, 'output') : `${on} of ${plural(able.length, 'output')}`} rendered at each visit, and nothing is stored.`;
  say(byID('draft-state'), text);
}

let untold = [];
let telling;

// announce says to who listens what has happened, a few events at a time.
function announce(event) {
  untold.push(event);
  telling ??= setTimeout(() => {
    const last = untold.at(-1);
    const text = `${last.what} ${nameOf(last)}, ${facts(last)}`;
    say(byID('news'), untold.length > 1 ? `${untold.length} events, the last: ${text}` : text);
    untold = [];
    telling = undefined;
  }, newsEvery);
}

function happened(event) {
  announce(event);
  if (known) {
    known.events = [...known.events, event].slice(-mostEvents);
    showEvents(known.events, known.events.filter(fitsEvent));
  }
  refresh();
}

function connected(is) {
  mark(byID('connection'), 'data-state', is ? 'live' : 'lost');
  say(byID('connection'), is ? 'live' : 'connection lost, trying again');
  if (is) refresh();
}

function advance(text) {
  act(byID('advance-result'), 'clock', { seconds: text }, () => `advanced by ${span(text)}`);
}

for (const choice of document.querySelectorAll('[data-seconds]')) {
  choice.addEventListener('click', () => advance(Number(choice.dataset.seconds)));
}
byID('advance-own').addEventListener('submit', (event) => {
  event.preventDefault();
  const by = seconds(byID('advance-by').value);
  if (by > 0) {
    advance(by);
    return;
  }
  mark(byID('advance-result'), 'data-failed', true);
  say(byID('advance-result'), 'write a time such as 90s, 15m, 2h or 3d');
});
byID('draft-toggle').addEventListener('click', () => {
  const able = known.routes.filter(({ token }) => token);
  const on = !able.some(({ draft }) => draft);
  act(byID('draft-result'), 'draft', { on, output: able[0].output }, () => '');
});
byID('rollback').addEventListener('click', () => {
  act(byID('rollback-result'), 'rollback', {}, ({ id }) => `back to ${id}`);
});
byID('filter').addEventListener('input', show);
document.addEventListener('visibilitychange', refreshIfSeen);
setInterval(() => known && !document.hidden && show(), 1000);
refresh();
follow(happened, connected);
