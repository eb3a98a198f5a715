export const load = ({ cookies, url }) => {
  cookies.set('seen', 'yes', { path: '/' })
  return { session: cookies.get('session') ?? 'nobody', query: url.search }
}
