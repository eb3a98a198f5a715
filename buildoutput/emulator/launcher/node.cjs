'use strict'
// Loads a function of Node.js, in any of the forms that the platform takes.

const http = require('node:http')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { addHelpers } = require('./helpers.cjs')
const { fromWeb, unnest, webHandler } = require('./web.cjs')

const listenTimeout = 2000 // ms, for a module that exports nothing and listens later

// captureServer keeps the function from listening and gives the first server that wants to.
function captureServer() {
  return new Promise((resolve) => {
    http.Server.prototype.listen = function (...args) {
      const port = Number(args[0]?.port ?? args[0]) || 3000
      this.address = () => ({ address: '127.0.0.1', family: 'IPv4', port })
      const then = args.findLast((arg) => typeof arg === 'function')
      if (then) this.once('listening', then)
      setImmediate(() => this.emit('listening'))
      resolve(this)
      return this
    }
  })
}

function fromServer(server) {
  return (req, res) => {
    server.emit('request', req, res)
  }
}

function fromFunction(exported, task) {
  if (task.webApi) return fromWeb(exported)
  if (!task.helpers || typeof exported.listen === 'function') return exported // frameworks have their own
  return async (req, res) => {
    const { request, refusal } = await addHelpers(req, res)
    try {
      await exported(request, res)
    } catch (error) {
      if (!refusal(error)) throw error
    }
  }
}

function choose(exported, task) {
  for (const value of unnest(exported)) {
    if (value instanceof http.Server) return fromServer(value)
    const respond = webHandler(value)
    if (respond) return fromWeb(respond)
    if (typeof value === 'function') return fromFunction(value, task)
  }
  return undefined
}

module.exports = async function load(task) {
  const server = captureServer()
  const exported = await import(pathToFileURL(path.join(task.root, task.handler)).href)
  const handle = choose(exported, task)
  if (handle) return handle
  const listening = await Promise.race([server, new Promise((resolve) => setTimeout(resolve, listenTimeout))])
  if (listening) return fromServer(listening)
  throw new Error(
    `${task.handler} exports nothing that answers requests: want a default export, functions named by HTTP methods, ` +
      'an object with fetch, or a server that listens'
  )
}
