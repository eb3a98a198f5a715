// An ECMAScript module without a package.json that says so. It does what the path of a request says.
import { AsyncLocalStorage as Imported } from 'node:async_hooks'
import { text } from './lib/text.js'
import add from './lib/add.wasm?module'

let count = 0

const named = async (specifier) => {
  try {
    return typeof (await import(specifier)).default
  } catch (error) {
    return error.message
  }
}

const actions = {
  '/count': () => new Response(String(++count)),
  '/globals': async () =>
    Response.json({
      self: self === globalThis,
      process: Object.keys(process),
      environment: process.env,
      EdgeRuntime,
      storage: AsyncLocalStorage === Imported,
      require: typeof require,
      modules: [await named('node:util'), await named('node:fs'), await named('../commonjs.func/index.js')],
      text,
      data: (await import('./lib/data.json')).default.value,
      wasm: new WebAssembly.Instance(add).exports.add(2, 3),
      required: new WebAssembly.Instance(require('/lib/add.wasm')).exports.add(3, 4),
    }),
  '/echo': async (request) => {
    const copy = new Request(request.url, { method: request.method, headers: request.headers, body: request.body })
    return Response.json({ url: copy.url, method: copy.method, own: copy.headers.get('x-own'), body: await copy.text() })
  },
  '/asset': () => fetch('blob:greeting'),
  '/proxy': (request) => fetch(request.headers.get('x-target')),
  '/eval': () => new Response(String(new Function('return 1')())),
  '/wait': (request, { waitUntil }) => {
    waitUntil(new Promise((resolve) => setTimeout(resolve, 50)).then(() => console.log('waited')))
    return new Response('answered')
  },
  '/throw': () => {
    throw new TypeError('as told')
  },
  '/nothing': () => {},
  '/never': () => new Promise(() => {}),
  '/block': () => {
    for (;;);
  },
  '/large': () => new Response(new Uint8Array(20 << 20)),
}

export default (request, context) => actions[new URL(request.url).pathname](request, context)
