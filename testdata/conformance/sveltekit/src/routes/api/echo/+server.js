import { json } from '@sveltejs/kit'

export const GET = ({ request, url }) => json({ path: url.pathname, search: url.search, own: request.headers.get('x-own') })

export const POST = async ({ request }) => new Response(await request.text(), { status: 201, headers: { 'content-type': 'text/plain' } })
