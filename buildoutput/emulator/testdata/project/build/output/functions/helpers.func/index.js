const actions = {
  '/json': (req, res) => res.status(201).json({ query: req.query, cookies: req.cookies, body: req.body }),
  '/text': (req, res) => res.send('text é'),
  '/binary': (req, res) => res.send(Buffer.from([0, 255])),
  '/object': (req, res) => res.send({ a: 1 }),
  '/none': (req, res) => res.status(204).send('nothing of this'),
  '/redirect': (req, res) => res.redirect('/there'),
  '/moved': (req, res) => res.redirect(308, '/there'),
  '/stream': async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    res.send(`${text} ${req.body}`)
  },
  '/caught': (req, res) => {
    try {
      res.send(req.body)
    } catch (error) {
      res.status(422).send(error.message)
    }
  },
}

module.exports = (req, res) => actions[req.url.split('?')[0]](req, res)
