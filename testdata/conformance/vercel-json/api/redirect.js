module.exports = (req, res) => res.redirect(307, '/about')
