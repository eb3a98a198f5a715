// What the page is made of. All text gets into it as text: names of outputs and queries can hold anything.

export const byID = (id) => document.getElementById(id);

// make gives a new element. What it has comes from this program alone, but for the children that are strings.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// say sets a text, and leaves the element alone if that is there already: what is announced or selected stays so.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function mark(element, name, value) {
  if (value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const shownIn = new WeakMap(); // the elements of a list, by the key of their item

// list shows items as the children of an element, in order. The element of an item stays the same one while the item's key does, so
// that the focus stays where it is.
export function list(parent, items, keyOf, create, update) {
  const had = shownIn.get(parent) ?? new Map();
  const has = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const element = had.get(key) ?? create(item);
    has.set(key, element);
    update(element, item);
  }
  for (const [key, element] of had) if (!has.has(key)) element.remove();
  let next = parent.firstElementChild;
  for (const element of has.values()) {
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  shownIn.set(parent, has);
}

// button gives a button that does something when pressed.
export function button(text, press, label) {
  const element = make('button', { type: 'button' }, text);
  if (label) element.setAttribute('aria-label', label);
  element.addEventListener('click', () => press(element));
  return element;
}

// result is where the outcome of an action is said.
export const result = () => make('p', { class: 'result', role: 'status' });
