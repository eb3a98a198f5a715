// The preview: what it says of itself, what it is told to do, and what it reports as it happens.

// state asks for everything.
export async function state() {
  const response = await fetch('api/state');
  if (!response.ok) throw new Error(await problem(response));
  return response.json();
}

// tell has something done, and gives what came of it.
export async function tell(action, body) {
  const response = await fetch(`api/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Isrgen-Inspector': '1' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await problem(response));
  return response.json();
}

async function problem(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).error;
  } catch {
    return text.trim() || `status ${response.status}`;
  }
}

const pause = 1000; // before another try, in ms

// follow calls happened with each event, and changed when the connection is there or gone. It connects again for as long as the page
// is open: a browser does so by itself after a connection is lost, but not after an answer that is no stream.
export function follow(happened, changed) {
  const events = new EventSource('api/events');
  events.addEventListener('open', () => changed(true));
  events.addEventListener('message', ({ data }) => happened(JSON.parse(data)));
  events.addEventListener('error', () => {
    changed(false);
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, pause, happened, changed);
  });
}
