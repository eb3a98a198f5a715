export const GET = () => new Response('get')
