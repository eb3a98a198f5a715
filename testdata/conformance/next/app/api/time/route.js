export const dynamic = 'force-static'
export const revalidate = 3

export const GET = () => Response.json({ rendered: crypto.randomUUID() })
