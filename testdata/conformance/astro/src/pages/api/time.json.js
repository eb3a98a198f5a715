export const GET = () => Response.json({ rendered: crypto.randomUUID() })
