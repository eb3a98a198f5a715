module.exports = 'linked'
