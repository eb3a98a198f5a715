export default defineEventHandler((event) => ({ path: event.path, own: getHeader(event, 'x-own') ?? null }))
