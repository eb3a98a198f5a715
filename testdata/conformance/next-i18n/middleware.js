import { NextResponse } from 'next/server'

export const config = { matcher: ['/guarded/:path*', '/about'] }

export default function middleware(request) {
  const { pathname, locale } = request.nextUrl
  if (pathname.startsWith('/guarded') && !request.cookies.has('session')) {
    return NextResponse.redirect(new URL(`/docs/about`, request.url))
  }
  const response = NextResponse.next()
  response.headers.set('x-middleware-locale', locale)
  response.cookies.set('visited', 'yes')
  return response
}
