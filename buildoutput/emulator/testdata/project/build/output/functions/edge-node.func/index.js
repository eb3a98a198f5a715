import fs from 'node:fs'

export default () => new Response(fs.constants.F_OK)
