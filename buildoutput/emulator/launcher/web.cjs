'use strict'
// Between the requests and responses of Node.js and those of the Web.

const { Readable } = require('node:stream')

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function toRequest(req) {
  const headers = new Headers()
  for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i], req.rawHeaders[i + 1])
  const scheme = req.headers['x-forwarded-proto'] ?? 'https'
  const host = req.headers['x-forwarded-host'] ?? req.headers.host ?? 'localhost'
  const init = { method: req.method, headers }
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    init.body = Readable.toWeb(req)
    init.duplex = 'half'
  }
  return new Request(`${scheme}://${host}${req.url}`, init)
}

async function send(response, req, res) {
  if (!(response instanceof Response)) {
    throw new TypeError(`the function gave ${response === undefined ? 'nothing' : typeof response}, want a Response`)
  }
  res.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) res.setHeader('set-cookie', cookies)
  if (response.body === null || req.method === 'HEAD') {
    res.end()
    return
  }
  res.flushHeaders()
  for await (const chunk of response.body) {
    if (res.destroyed) return // breaks off the body
    if (!res.write(chunk)) await drained(res)
  }
  res.end()
}

function drained(res) {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.on('drain', done)
    res.on('close', done)
  })
}

// fromWeb makes a handler of Node.js from a function of a Request. A middleware without a response lets the request pass.
function fromWeb(respond) {
  return async (req, res, { waitUntil, middleware }) => {
    const response = await respond(toRequest(req), { waitUntil })
    const pass = middleware && (response === undefined || response === null)
    await send(pass ? new Response(null, { headers: { 'x-middleware-next': '1' } }) : response, req, res)
  }
}

// byMethod makes a function of a Request from one for each method. GET stands in for HEAD.
function byMethod(exported) {
  return (request, context) => {
    const { method } = request
    const respond = exported[method] ?? (method === 'HEAD' ? exported.GET : undefined)
    if (methods.includes(method) && typeof respond === 'function') return respond.call(exported, request, context)
    const allow = methods.filter((name) => typeof exported[name] === 'function').join(', ')
    return new Response('Method Not Allowed\n', { status: 405, headers: { allow, 'content-type': 'text/plain; charset=utf-8' } })
  }
}

// webHandler finds what a value offers for a Request, undefined for nothing of the kind.
function webHandler(value) {
  if (methods.some((method) => typeof value[method] === 'function')) return byMethod(value)
  if (typeof value.fetch === 'function') return (request, context) => value.fetch(request, context)
  return undefined
}

// unnest goes through a module's exports and the defaults nested in them, as compilers of ESM to CommonJS leave them.
function* unnest(exported) {
  for (let depth = 0; depth < 5 && exported !== undefined && exported !== null; depth++) {
    yield exported
    exported = exported.default
  }
}

module.exports = { fromWeb, webHandler, unnest }
