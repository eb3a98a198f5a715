import { getCookie } from 'h3'

export const page = (event: any) => ({
  path: event.path,
  session: getCookie(event, 'session') ?? 'nobody',
  rendered: crypto.randomUUID(),
})
