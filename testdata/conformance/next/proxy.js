import { NextResponse } from 'next/server'

export const config = { matcher: '/by-proxy/:path*' }

export default function proxy(request) {
  const { pathname, searchParams } = request.nextUrl
  if (pathname.endsWith('/rewrite')) return NextResponse.rewrite(new URL('/isr/by-proxy', request.url))
  if (pathname.endsWith('/redirect')) return NextResponse.redirect(new URL('/target', request.url))
  if (pathname.endsWith('/answer')) return Response.json({ answered: searchParams.get('q') }, { status: 401 })
  const headers = new Headers(request.headers)
  headers.set('x-from-proxy', 'yes')
  const response = NextResponse.rewrite(new URL('/api/echo', request.url), { request: { headers } })
  response.headers.set('x-proxy', 'ran')
  return response
}
