export async function handler({ Action, body }, context) {
  const request = JSON.parse(body)
  request.body = Buffer.from(request.body, request.encoding).toString()
  const { method, path, host } = request
  return { statusCode: 200, headers: { 'set-cookie': ['a=1', 'b=2'] }, body: JSON.stringify({ Action, method, path, host, body: request.body, id: typeof context.awsRequestId }) }
}
