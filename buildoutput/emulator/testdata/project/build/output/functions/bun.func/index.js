module.exports = (req, res) => {
  if (req.url === '/throw') throw new Error('as told')
  if (req.url === '/exit') process.exit(7)
  res.json({ url: req.url, bun: typeof Bun, query: req.query, body: req.body })
}
