'use strict'
// Loads a function of the edge runtime: JavaScript with Web APIs and without those of Node.js. The process is the function's
// own, so that its global object becomes the edge runtime's, rather than a second one whose classes are not the same.

const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { fromWeb, unnest, webHandler } = require('./web.cjs')

// The modules of Node.js which the edge runtime has.
//
// Source: the platform's documentation, "Edge runtime: Compatible Node.js modules".
const builtins = Object.fromEntries(
  ['assert', 'async_hooks', 'buffer', 'events', 'util'].map((name) => [name, require(`node:${name}`)])
)

function builtin(specifier) {
  const name = specifier.replace(/^node:/, '')
  return Object.hasOwn(builtins, name) ? builtins[name] : undefined
}

// inside gives the file that a specifier leads to, never one outside the function. A first slash is the function's root.
function inside(root, from, specifier) {
  const name = specifier.replace(/\?module$/, '')
  const file = name.startsWith('/') ? path.join(root, name) : path.resolve(path.dirname(from), name)
  if (!/^\.{0,2}\//.test(name) || !file.startsWith(root + path.sep)) {
    throw new Error(`the edge runtime has no module ${JSON.stringify(specifier)}`)
  }
  return file
}

class Loader {
  #root
  #modules = new Map() // file -> promise of a vm.Module
  #started = new Map() // vm.Module -> promise of the same, evaluated

  constructor(root) {
    this.#root = root
  }

  // load gives a file's module, evaluated.
  async load(file) {
    return this.#start(await this.#module(file))
  }

  // start links and evaluates a module once, however many import it at the same time.
  #start(module) {
    if (!this.#started.has(module)) {
      const run = async () => {
        if (module.status === 'unlinked') await module.link((specifier, from) => this.#resolve(specifier, from.identifier))
        await module.evaluate()
        return module
      }
      this.#started.set(module, run())
    }
    return this.#started.get(module)
  }

  #resolve(specifier, from) {
    const found = builtin(specifier)
    return found ? synthetic({ ...found, default: found }, specifier) : this.#module(inside(this.#root, from, specifier))
  }

  #module(file) {
    if (!this.#modules.has(file)) this.#modules.set(file, this.#read(file))
    return this.#modules.get(file)
  }

  async #read(file) {
    if (file.endsWith('.wasm')) return synthetic({ default: this.#wasm(file) }, file)
    const source = fs.readFileSync(file, 'utf8')
    if (file.endsWith('.json')) return synthetic({ default: JSON.parse(source) }, file)
    const options = { importModuleDynamically: (specifier) => this.#import(specifier, file) }
    const commonJS = this.#compile(source, file, options)
    if (commonJS) return synthetic(this.#run(commonJS, file), file)
    return new vm.SourceTextModule(source, {
      ...options,
      identifier: file,
      initializeImportMeta: (meta) => {
        meta.url = `file://${file}`
      },
    })
  }

  async #import(specifier, from) {
    return this.#start(await this.#resolve(specifier, from))
  }

  // compile reads a file as CommonJS, whose syntax an ESM has only if it neither imports nor exports. It gives undefined for
  // an ESM, whatever the extension says: there is no package.json to tell.
  #compile(source, filename, options) {
    try {
      return vm.compileFunction(source, ['exports', 'require', 'module'], { ...options, filename })
    } catch (error) {
      if (error instanceof SyntaxError) return undefined // the ESM says it again if it has the same
      throw error
    }
  }

  #run(commonJS, file) {
    const module = { exports: {} }
    commonJS.call(module.exports, module.exports, this.require(file), module)
    return { default: module.exports }
  }

  #wasm(file) {
    return new WebAssembly.Module(fs.readFileSync(file))
  }

  // require gives a file's require: of builtins, WebAssembly and JSON, which bundlers leave in their output.
  require(from) {
    return (specifier) => {
      const found = builtin(specifier)
      if (found) return found
      const file = inside(this.#root, from, specifier)
      if (file.endsWith('.wasm')) return this.#wasm(file)
      if (file.endsWith('.json')) return JSON.parse(fs.readFileSync(file, 'utf8'))
      const commonJS = this.#compile(fs.readFileSync(file, 'utf8'), file, {})
      if (!commonJS) throw new Error(`${specifier} is an ECMAScript module, which require cannot load`)
      return this.#run(commonJS, file).default
    }
  }
}

function synthetic(exports, identifier) {
  const names = Object.keys(exports)
  const fill = function () {
    for (const name of names) this.setExport(name, exports[name])
  }
  return new vm.SyntheticModule(names, fill, { identifier })
}

// halfDuplex adds what Node.js alone demands for a body that is a stream.
function halfDuplex(init) {
  const needed = init?.body && !(init instanceof Request) && init.duplex === undefined
  return needed ? Object.create(init, { duplex: { value: 'half' } }) : init
}

const EdgeRequest = class Request extends globalThis.Request {
  constructor(input, init) {
    super(input, halfDuplex(init))
  }
}

// withAssets makes fetch answer for the function's assets, as blob:NAME.
function withAssets(assets, root) {
  const files = new Map()
  for (const { name, path: inside } of assets ?? []) {
    const file = path.join(root, inside)
    if (!file.startsWith(root + path.sep)) throw new Error(`the asset ${JSON.stringify(name)} is not inside the function`)
    files.set(`blob:${name}`, file)
  }
  const fetch = globalThis.fetch
  return (input, init) => {
    const file = files.get(input instanceof Request ? input.url : String(input))
    return file ? Promise.resolve().then(() => new Response(fs.readFileSync(file))) : fetch(input, halfDuplex(init))
  }
}

// shapeGlobals turns the global object into the edge runtime's, which has Buffer too. global and setImmediate stay, because
// fetch itself depends on them.
function shapeGlobals(task, loader, entrypoint) {
  const env = Object.fromEntries((task.variables ?? []).map((name) => [name, process.env[name]]))
  const fetch = withAssets(task.assets, task.root)
  delete globalThis.process
  Object.assign(globalThis, {
    self: globalThis,
    Request: EdgeRequest,
    process: { env },
    EdgeRuntime: 'edge-runtime',
    AsyncLocalStorage: builtins.async_hooks.AsyncLocalStorage,
    require: loader.require(entrypoint),
    fetch,
  })
}

function choose(exported) {
  for (const value of unnest(exported)) {
    const respond = webHandler(value) ?? (typeof value === 'function' ? value : undefined)
    if (respond) return respond
  }
  return undefined
}

// fromEntries answers with a bundle of Next.js that registered itself: its first entry takes an event and gives the response
// in an object.
async function fromEntries(entries) {
  const entry = await Object.values(entries ?? {})[0]
  const respond = entry?.default ?? entry
  if (typeof respond !== 'function') return undefined
  return async (request, context) => {
    const { url, method, body } = request
    const result = await respond({ request: { url, method, body, headers: Object.fromEntries(request.headers), page: {} } })
    context.waitUntil(result.waitUntil)
    return result.response
  }
}

module.exports = async function load(task) {
  const entrypoint = path.join(task.root, task.handler)
  const loader = new Loader(task.root)
  shapeGlobals(task, loader, entrypoint)
  const respond = choose((await loader.load(entrypoint)).namespace) ?? (await fromEntries(globalThis._ENTRIES))
  if (respond) return fromWeb(respond)
  throw new Error(`${task.handler} has no default export that answers requests`)
}
