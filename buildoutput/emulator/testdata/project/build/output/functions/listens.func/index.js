const http = require('node:http')

const server = http.createServer((req, res) => res.end(`listens ${port}`))
let port
setTimeout(() => server.listen(process.env.PORT || 4321, () => (port = server.address().port)), 20)
