module.exports = (req, res) => res.send(`user ${req.query.id}`)
