'use strict'
// Starts one function and serves it over HTTP on a Unix socket, as an executable function would on a port: it tells the
// socket VERCEL_IPC_PATH that it serves, when a request has ended, and why it cannot start.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const net = require('node:net')

const process = globalThis.process // which an edge function does not find there
const began = performance.now()
const task = JSON.parse(process.argv[2])
const channel = net.connect(process.env.VERCEL_IPC_PATH)

// What the function sees of its own start is as if it were the program.
process.argv.splice(1, 2, task.handler)
delete process.env.VERCEL_IPC_PATH

function tell(type, payload, then) {
  channel.write(JSON.stringify({ type, payload }) + '\0', then)
}

// The platform's libraries look for the present request here, to prolong it by waitUntil.
const requests = new AsyncLocalStorage()
globalThis[Symbol.for('@vercel/request-context')] = { get: () => requests.getStore() }

function describe(error) {
  if (error instanceof Error) return { name: error.name, message: error.message || 'no message' }
  return { name: 'Error', message: String(error) }
}

// contextOf gives what belongs to one request. pending is what goes on after its response.
function contextOf(req, middleware) {
  const pending = new Set()
  const waitUntil = (promise) => {
    const settled = Promise.resolve(promise)
      .catch((error) => console.error(error))
      .finally(() => pending.delete(settled))
    pending.add(settled)
  }
  return { waitUntil, headers: req.headers, url: req.url, pending, middleware }
}

// takeInternal removes the headers that are for us from a request.
function takeInternal(req) {
  const invocationId = req.headers['x-vercel-internal-invocation-id']
  const requestId = Number(req.headers['x-vercel-internal-request-id'])
  const middleware = 'x-vercel-internal-middleware' in req.headers
  const internal = (name) => name.toLowerCase().startsWith('x-vercel-internal-')
  for (const name of Object.keys(req.headers)) if (internal(name)) delete req.headers[name]
  req.rawHeaders = req.rawHeaders.filter((_, i, raw) => !internal(raw[i - (i % 2)]))
  return { context: { invocationId, requestId }, middleware }
}

async function answer(handle, req, res) {
  const { context, middleware } = takeInternal(req)
  const own = contextOf(req, middleware)
  const closed = new Promise((resolve) => res.once('close', resolve))
  let error
  try {
    await requests.run(own, () => handle(req, res, own))
  } catch (thrown) {
    console.error(thrown)
    error = describe(thrown)
    if (!res.writableEnded) res.destroy()
  }
  await closed
  while (own.pending.size > 0) await Promise.all(own.pending)
  tell('end', { context, error })
}

async function main() {
  const load = task.edge ? require('./edge.cjs') : task.lambda ? require('./lambda.cjs') : require('./node.cjs')
  const server = http.createServer()
  const listen = server.listen.bind(server) // node.cjs keeps the function's own servers from listening
  const handle = await load(task)
  const underWay = new Set()
  server.on('request', (req, res) => {
    const done = answer(handle, req, res).finally(() => underWay.delete(done))
    underWay.add(done)
  })
  server.requestTimeout = 0
  process.on('SIGTERM', async () => {
    server.close()
    while (underWay.size > 0) await Promise.all(underWay)
    process.exit(0)
  })
  listen(task.socket, () => tell('server-started', { initDuration: Math.round(performance.now() - began), httpPort: 0 }))
}

main().catch((error) => {
  console.error(error)
  const { name, message } = describe(error)
  tell('unrecoverable-error', { exitCode: 1, message: `${name}: ${message}` }, () => process.exit(1))
})
