export const GET = (request) => Response.json({ url: new URL(request.url).pathname, proxy: request.headers.get('x-from-proxy') })

export const POST = async (request) => new Response(await request.text(), { status: 201, headers: { 'content-type': 'text/plain' } })
