export const GET = (request) => new Response(`get ${request.url}`)

export async function POST(request) {
  const headers = new Headers({ 'x-body': await request.text() })
  headers.append('set-cookie', 'a=1')
  headers.append('set-cookie', 'b=2')
  return new Response(null, { status: 201, headers })
}
