export function GET(request) {
  return new Response(`GET ${new URL(request.url).search}`, { headers: { 'x-web': 'yes' } })
}

export async function POST(request) {
  return Response.json({ got: await request.json() }, { status: 201 })
}
