module.exports = 'own'
