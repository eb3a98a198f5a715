export const config = { runtime: 'edge' }

export default (request) => new Response(`edge ${request.method} ${new URL(request.url).pathname}`)
