'use strict'
// What the platform adds to requests and responses of Node.js for functions with shouldAddHelpers: req.query, req.cookies,
// req.body, res.status, res.send, res.json and res.redirect.
//
// Source: the platform's documentation, "Node.js runtime: Request and response objects"; @vercel/node.

const { createHash } = require('node:crypto')
const http = require('node:http')
const querystring = require('node:querystring')

class BadRequest extends Error {}

function mediaType(header) {
  return header === undefined ? 'text/plain' : header.split(';', 1)[0].trim().toLowerCase()
}

function parseBody(body, contentType) {
  switch (mediaType(contentType)) {
    case 'application/json':
      if (body.length === 0) return {}
      try {
        return JSON.parse(body.toString())
      } catch {
        throw new BadRequest('Invalid JSON')
      }
    case 'application/octet-stream':
      return body
    case 'application/x-www-form-urlencoded':
      return querystring.parse(body.toString())
    case 'text/plain':
      return body.toString()
    default:
      return undefined
  }
}

function parseQuery(url) {
  const query = {}
  for (const [name, value] of new URL(`http://localhost${url}`).searchParams) {
    query[name] = name in query ? [query[name], value].flat() : value
  }
  return query
}

function parseCookies(header = '') {
  const cookies = {}
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at < 0 || name in cookies) continue
    const value = pair.slice(at + 1).trim().replace(/^"(.*)"$/, '$1')
    try {
      cookies[name] = decodeURIComponent(value)
    } catch {
      cookies[name] = value
    }
  }
  return cookies
}

// lazy computes a property when it is asked for first, so that only those who ask see a fault in it.
function lazy(target, name, compute) {
  const plain = (value) => Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get: () => plain(compute())[name],
    set: plain,
  })
}

// replay makes a request with a body that was read already, for who reads it as a stream.
function replay(req, body) {
  const again = new http.IncomingMessage(req.socket)
  for (const name of ['method', 'url', 'httpVersion', 'httpVersionMajor', 'httpVersionMinor', 'headers', 'rawHeaders']) {
    again[name] = req[name]
  }
  again.complete = true
  if (body.length > 0) again.push(body)
  again.push(null)
  return again
}

function send(req, res, body) {
  if (body === null || body === undefined) body = ''
  const binary = ArrayBuffer.isView(body)
  if (typeof body !== 'string' && !binary) return json(req, res, body)
  const type = res.getHeader('content-type') ?? (binary ? 'application/octet-stream' : 'text/html')
  res.setHeader('content-type', binary || /;\s*charset=/i.test(type) ? type : `${type}; charset=utf-8`)
  const bytes = Buffer.from(body)
  res.setHeader('content-length', bytes.length)
  if (!res.hasHeader('etag')) {
    res.setHeader('etag', `W/"${bytes.length.toString(16)}-${createHash('sha1').update(bytes).digest('base64').slice(0, 27)}"`)
  }
  const empty = res.statusCode === 204 || res.statusCode === 304
  if (empty) for (const name of ['content-type', 'content-length', 'transfer-encoding']) res.removeHeader(name)
  res.end(empty || req.method === 'HEAD' ? undefined : bytes)
  return res
}

function json(req, res, value) {
  if (!res.hasHeader('content-type')) res.setHeader('content-type', 'application/json; charset=utf-8')
  return send(req, res, JSON.stringify(value))
}

function redirect(res, status, url) {
  if (url === undefined) [status, url] = [307, status]
  if (typeof status !== 'number' || typeof url !== 'string') {
    throw new TypeError('want res.redirect(url) or res.redirect(status, url)')
  }
  res.writeHead(status, { location: url }).end()
  return res
}

// addHelpers gives the request to hand to the function, and what answers for a fault of the visitor that the function did not
// catch: it reports whether the error was one.
async function addHelpers(req, res) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const request = replay(req, body)
  lazy(request, 'query', () => parseQuery(req.url))
  lazy(request, 'cookies', () => parseCookies(req.headers.cookie))
  lazy(request, 'body', () => parseBody(body, req.headers['content-type']))
  res.status = (status) => {
    res.statusCode = status
    return res
  }
  res.send = (value) => send(request, res, value)
  res.json = (value) => json(request, res, value)
  res.redirect = (status, url) => redirect(res, status, url)
  const refusal = (error) => {
    if (!(error instanceof BadRequest) || res.headersSent) return false
    res.statusCode = 400
    res.setHeader('content-type', 'text/plain; charset=utf-8')
    res.end(error.message)
    return true
  }
  return { request, refusal }
}

module.exports = { addHelpers }
