import vercel from '@astrojs/vercel'
import { defineConfig } from 'astro/config'

export default defineConfig({
  output: 'server',
  redirects: { '/old': '/about', '/gone/[slug]': { status: 302, destination: '/posts/[slug]' } },
  security: { allowedDomains: [{ hostname: 'localhost' }] },
  adapter: vercel({
    isr: {
      expiration: 3,
      bypassToken: 'a-token-of-32-characters-or-more',
      exclude: ['/live', '/api/echo', /^\/private\/.*/],
    },
  }),
})
