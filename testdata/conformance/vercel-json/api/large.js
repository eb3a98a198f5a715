module.exports = (req, res) => res.end(Buffer.alloc(5 * 1024 * 1024))
