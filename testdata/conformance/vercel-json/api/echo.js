module.exports = (req, res) => {
  res.status(req.method === 'POST' ? 201 : 200).json({ method: req.method, url: req.url, query: req.query, cookies: req.cookies, body: req.body ?? null })
}
