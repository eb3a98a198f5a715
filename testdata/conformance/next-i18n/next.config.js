module.exports = {
  basePath: '/docs',
  trailingSlash: false,
  i18n: { locales: ['en', 'fr'], defaultLocale: 'en' },
  redirects: async () => [{ source: '/old', destination: '/about', permanent: true }],
  rewrites: async () => [{ source: '/alias/:slug', destination: '/blog/:slug' }],
  headers: async () => [{ source: '/about', headers: [{ key: 'x-own', value: 'about' }] }],
}
