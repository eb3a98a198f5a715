// Registers itself as a bundle of Next.js does.
self._ENTRIES = {
  'middleware_pages/api': Promise.resolve({
    default: async ({ request }) => ({ response: new Response(`entries ${request.method}`), waitUntil: Promise.resolve() }),
  }),
}
