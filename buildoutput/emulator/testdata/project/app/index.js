module.exports = (req, res) => res.end([require('text'), require('../own.js'), require('../link.js')].join(' '))
