Object.defineProperty(exports, '__esModule', { value: true })
exports.default = { default: (req, res) => res.end('nested') }
