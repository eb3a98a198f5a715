// Does what the path of a request says.
let count = 0

const actions = {
  '/count': (req, res) => res.end(`${process.pid} ${++count}`),
  '/echo': async (req, res) => {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    res.setHeader('set-cookie', ['a=1', 'b=2'])
    res.writeHead(202, { 'content-type': 'application/json' })
    const { method, url, headers, rawHeaders } = req
    res.end(JSON.stringify({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('base64') }))
  },
  '/environment': (req, res) => res.end(JSON.stringify({ ...process.env, cwd: process.cwd(), argv: process.argv.slice(1) })),
  '/log': (req, res) => {
    console.log('to stdout')
    console.error('to stderr')
    res.end()
  },
  '/throw': () => {
    throw new RangeError('as told')
  },
  '/reject': async (req, res) => {
    res.write('a part')
    throw new Error('in the middle')
  },
  '/later': () => {
    setTimeout(() => {
      throw new Error('outside of any request')
    }, 10)
  },
  '/exit': () => process.exit(7),
  '/kill': () => process.kill(process.pid, 'SIGKILL'),
  '/never': () => {},
  '/block': () => {
    for (;;);
  },
  '/destroy': (req, res) => res.destroy(),
  '/large': (req, res) => res.end(Buffer.alloc(20 << 20)),
  '/limit': (req, res) => res.end(Buffer.alloc(4.5 * (1 << 20))),
  '/slow': (req, res) => setTimeout(() => res.end('slow'), 200),
  '/wait': (req, res) => {
    const { waitUntil } = globalThis[Symbol.for('@vercel/request-context')].get()
    waitUntil(new Promise((resolve) => setTimeout(resolve, 300)).then(() => console.log('waited')))
    res.end('answered')
  },
}

module.exports = (req, res) => actions[req.url](req, res)
