export const config = { matcher: '/guarded/:path*' }

export default function middleware(request) {
  const { pathname } = new URL(request.url)
  if (pathname.endsWith('/answer')) return new Response('answered by middleware', { status: 401 })
  if (pathname.endsWith('/rewrite')) {
    return new Response(null, { headers: { 'x-middleware-rewrite': new URL('/api/echo?from=middleware', request.url).href } })
  }
  return new Response(null, { headers: { 'x-middleware-next': '1', 'x-middleware': 'ran' } })
}
