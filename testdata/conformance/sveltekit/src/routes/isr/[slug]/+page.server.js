import { error } from '@sveltejs/kit'

export const config = {
  isr: { expiration: 3, bypassToken: 'a-token-of-32-characters-or-more', allowQuery: ['q'] },
}

export const load = ({ cookies, params, url, setHeaders }) => {
  if (params.slug === 'missing') error(404, 'No such page')
  setHeaders({ 'x-own': params.slug })
  return {
    slug: params.slug,
    q: url.searchParams.get('q') ?? 'none',
    other: url.searchParams.get('other') ?? 'none',
    session: cookies.get('session') ?? 'nobody',
    rendered: crypto.randomUUID(),
  }
}
