export default {
  redirects: async () => [
    { source: '/old/:slug', destination: '/isr/:slug', permanent: true },
    { source: '/temporary', destination: '/target', permanent: false },
    { source: '/members', missing: [{ type: 'cookie', key: 'session' }], destination: '/target?from=members', permanent: false },
  ],
  rewrites: async () => ({
    beforeFiles: [{ source: '/hidden.txt', destination: '/target' }],
    afterFiles: [
      { source: '/rewritten/:slug', destination: '/isr/:slug' },
      { source: '/public.txt', destination: '/target' },
    ],
    fallback: [{ source: '/lost/:path*', destination: '/target' }],
  }),
  headers: async () => [
    { source: '/isr/:slug', headers: [{ key: 'x-own', value: 'isr of :slug' }] },
    { source: '/:path*', has: [{ type: 'query', key: 'debug', value: '(?<level>\\d)' }], headers: [{ key: 'x-debug', value: 'level :level' }] },
  ],
}
