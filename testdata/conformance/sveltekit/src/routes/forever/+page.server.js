export const config = { isr: { expiration: false, bypassToken: 'a-token-of-32-characters-or-more' } }

export const load = () => ({ rendered: crypto.randomUUID() })
