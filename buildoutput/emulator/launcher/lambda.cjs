'use strict'
// Loads a handler of events in the manner of AWS Lambda, (event, context, callback): of API Gateway's events for
// awsLambdaHandler, or of the platform's own Invoke events for a function without a launcher.
//
// Source: the documentation of AWS Lambda, "Define Lambda function handler in Node.js" and "API Gateway proxy integration".

const fs = require('node:fs')
const path = require('node:path')
const { randomUUID } = require('node:crypto')
const { pathToFileURL } = require('node:url')
const { unnest } = require('./web.cjs')

// locate splits "dir/file.name" into the file, whatever its extension, and the export's name. A file may be named alone.
function locate(root, handler) {
  if (fs.existsSync(path.join(root, handler))) return { file: path.join(root, handler), name: 'handler' }
  const dot = handler.lastIndexOf('.')
  const stem = path.join(root, handler.slice(0, dot))
  const file = ['.js', '.mjs', '.cjs'].map((extension) => stem + extension).find((name) => fs.existsSync(name))
  if (dot < 0 || !file) throw new Error(`there is no file for the handler ${JSON.stringify(handler)}`)
  return { file, name: handler.slice(dot + 1) }
}

async function loadHandler({ root, handler }) {
  const { file, name } = locate(root, handler)
  const exported = await import(pathToFileURL(file).href)
  for (const value of unnest(exported)) {
    if (typeof value[name] === 'function') return value[name]
    if (typeof value === 'function') return value
  }
  throw new Error(`${path.basename(file)} does not export a function named ${name}`)
}

function invokeEvent(req, body) {
  const headers = { ...req.headers }
  const { method, url } = req
  const inner = { host: headers.host, path: url, method, headers, encoding: 'base64', body: body.toString('base64') }
  return { Action: 'Invoke', body: JSON.stringify(inner) }
}

function gatewayEvent(req, body) {
  const url = new URL(`http://localhost${req.url}`)
  const all = {}
  for (const [name, value] of url.searchParams) all[name] = [...(all[name] ?? []), value]
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]))
  return {
    resource: '/{proxy+}',
    path: url.pathname,
    httpMethod: req.method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, [value].flat()])),
    queryStringParameters: Object.fromEntries(url.searchParams),
    multiValueQueryStringParameters: all,
    pathParameters: { proxy: url.pathname.slice(1) },
    stageVariables: null,
    requestContext: { path: url.pathname, httpMethod: req.method, identity: { sourceIp: req.headers['x-real-ip'] } },
    body: body.toString('base64'),
    isBase64Encoded: true,
  }
}

// call runs a handler, which answers by a promise, a value or its callback.
function call(handler, event) {
  return new Promise((resolve, reject) => {
    const context = { awsRequestId: randomUUID(), functionName: process.env.AWS_LAMBDA_FUNCTION_NAME, callbackWaitsForEmptyEventLoop: true }
    const result = handler(event, context, (error, value) => (error ? reject(error) : resolve(value)))
    if (result !== undefined) resolve(result)
  })
}

function send(result, res) {
  if (typeof result !== 'object' || result === null) throw new TypeError(`the handler gave ${typeof result}, want an object with statusCode`)
  res.statusCode = result.statusCode ?? 200
  for (const headers of [result.headers, result.multiValueHeaders]) {
    for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, Array.isArray(value) ? value.map(String) : String(value))
  }
  if (result.cookies) res.setHeader('set-cookie', result.cookies)
  const encoded = result.isBase64Encoded || result.encoding === 'base64'
  res.end(Buffer.from(result.body ?? '', encoded ? 'base64' : 'utf8'))
}

module.exports = async function load(task) {
  const handler = await loadHandler(task)
  const event = task.lambda === 'gateway' ? gatewayEvent : invokeEvent
  return async (req, res) => {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    send(await call(handler, event(req, Buffer.concat(chunks))), res)
  }
}
