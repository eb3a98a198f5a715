// Sends a first part at once, and the second when another request asks for it.
let next = () => {}

module.exports = async (req, res) => {
  res.on('finish', () => console.log(`finished ${req.url}`))
  switch (req.url) {
    case '/next':
      next()
      return res.end()
    case '/large':
      return res.end(Buffer.alloc(20 << 20))
    case '/count':
      return res.end(`${process.pid}`)
  }
  res.write('first')
  await new Promise((resolve) => (next = resolve))
  if (req.url === '/exit') process.exit(7)
  if (req.url === '/throw') throw new Error('as told')
  res.end(' second')
}
