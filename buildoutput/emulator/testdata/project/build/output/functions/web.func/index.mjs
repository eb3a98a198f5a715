export default async (request) => new Response(`web ${new URL(request.url).pathname}`)
