'use strict'
Object.defineProperty(exports, '__esModule', { value: true })
const { EventEmitter } = require('events')
exports.default = () => new Response(`commonjs ${typeof EventEmitter}`)
