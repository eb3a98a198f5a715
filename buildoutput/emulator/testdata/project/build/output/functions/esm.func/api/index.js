import { name } from './name.js'

export default (req, res) => res.end(name)
