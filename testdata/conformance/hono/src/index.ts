import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { getCookie, setCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { streamText } from 'hono/streaming'

const app = new Hono()

app.use('/cors/*', cors({ origin: 'https://friend.example' }))
app.use('/etag/*', etag())
app.use('/private/*', basicAuth({ username: 'ana', password: 'open' }))

app.get('/', (c) => c.text('home'))
app.get('/json', (c) => c.json({ path: c.req.path, q: c.req.query('q') ?? null }))
app.get('/html', (c) => c.html('<p>html</p>'))
app.get('/users/:id', (c) => c.text(`user ${c.req.param('id')}`))
app.get('/cookie', (c) => {
  setCookie(c, 'seen', 'yes', { path: '/' })
  return c.text(`session ${getCookie(c, 'session') ?? 'nobody'}`)
})
app.post('/form', async (c) => c.json(await c.req.parseBody(), 201))
app.post('/json', async (c) => c.json({ got: await c.req.json() }, 201))
app.put('/users/:id', (c) => c.body(null, 204))
app.get('/moved', (c) => c.redirect('/json'))
app.get('/moved/forever', (c) => c.redirect('/json', 301))
app.get('/stream', (c) =>
  streamText(c, async (stream) => {
    for (const word of ['one ', 'two ', 'three']) await stream.write(word)
  }),
)
app.get('/cors/data', (c) => c.text('shared'))
app.get('/etag/data', (c) => c.text('tagged'))
app.get('/private/data', (c) => c.text('for ana'))
app.get('/fails', () => {
  throw new Error('secret detail')
})
app.get('/cached', (c) => c.text('kept', 200, { 'cache-control': 'public, max-age=10' }))
app.get('/headers', (c) => c.json(c.req.header()))
app.notFound((c) => c.text('own 404', 404))
app.onError((err, c) => (err instanceof HTTPException ? err.getResponse() : c.text('own 500', 500)))

export default app
