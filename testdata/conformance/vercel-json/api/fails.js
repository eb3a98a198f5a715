module.exports = () => { throw new Error('secret detail') }
