console.error('cannot go on')
throw new TypeError('no database')
