import { page } from '../../lib/page'

export default defineEventHandler(page)
