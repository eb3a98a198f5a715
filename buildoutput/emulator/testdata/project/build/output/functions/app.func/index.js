// An application as of a framework with its own helpers: a function that has a method listen.
const http = require('node:http')

const app = (req, res) => res.end(`app ${typeof req.query}`)
app.listen = (port) => http.createServer(app).listen(port)
app.listen(3000)
module.exports = app
