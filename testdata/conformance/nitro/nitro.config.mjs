export default {
  preset: 'vercel',
  compatibilityDate: '2026-01-01',
  routeRules: {
    '/isr/**': { isr: 3 },
    '/forever/**': { isr: true },
    '/allowed/**': { isr: { expiration: 3, allowQuery: ['q'], passQuery: true } },
    '/swr/**': { swr: 3 },
    '/prerendered': { prerender: true },
    '/old': { redirect: '/prerendered' },
    '/moved': { redirect: { to: '/', statusCode: 301 } },
    '/moved/**': { redirect: '/blog/**' },
    '/api/**': { cors: true, headers: { 'x-rule': 'api' } },
    '/files/**': { headers: { 'cache-control': 's-maxage=60' } },
    '/elsewhere/**': { proxy: 'https://elsewhere.example/**' },
  },
}
