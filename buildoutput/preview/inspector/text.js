// How times, sizes and names read. A number stays on the line of its unit.

const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];

// span writes seconds with their largest unit and the one below it: 90061 is "1 d 1 h".
export function span(seconds) {
  let left = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [name, size] of units) {
    const n = Math.floor(left / size);
    if (n > 0) parts.push(`${n}\u00a0${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
    left -= n * size;
  }
  return parts.join(' ') || '0\u00a0s';
}

const letters = { s: 1, m: 60, min: 60, h: 3600, d: 86400, day: 86400, days: 86400, w: 604800 };

// seconds reads what span writes, and 90s, 1h30m, 2d; NaN where it is anything else.
export function seconds(text) {
  const parts = text.trim().toLowerCase().match(/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/) && text.toLowerCase().match(/[\d.]+\s*[a-z]+/g);
  if (!parts) return NaN;
  let total = 0;
  for (const part of parts) {
    const [, n, unit] = part.match(/^([\d.]+)\s*([a-z]+)$/);
    total += Number(n) * (Object.hasOwn(letters, unit) ? letters[unit] : NaN);
  }
  return Math.round(total);
}

export function bytes(n) {
  if (n < 1000) return `${n}\u00a0B`;
  for (const unit of ['kB', 'MB', 'GB']) {
    n /= 1000;
    if (n < 999.95 || unit === 'GB') return `${n.toFixed(1)}\u00a0${unit}`;
  }
}

export function milliseconds(ms) {
  return ms < 10 ? `${ms.toFixed(1)}\u00a0ms` : ms < 10000 ? `${Math.round(ms)}\u00a0ms` : span(ms / 1000);
}

export const number = (n) => n.toLocaleString('en');

export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

const two = (n) => String(n).padStart(2, '0');

export function timeOfDay(date) {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

export function day(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

// visible shows characters that cannot be seen, or turn the text around them, by their number.
export function visible(text) {
  return text.replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, (c) => `‹U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`);
}

// nameOf is an entry in one line: its output, its query, and its domain where that is not this machine.
export function nameOf({ domain, output, query }) {
  return visible((domain && domain !== 'localhost' ? `${domain} ` : '') + output + (query ? `?${query}` : ''));
}
