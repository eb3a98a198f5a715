exports.GET = () => new Response('get')
