module.exports = require('node:http').createServer((req, res) => res.end('server'))
