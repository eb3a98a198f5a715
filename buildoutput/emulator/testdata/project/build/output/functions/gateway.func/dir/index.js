exports.run = (event, context, callback) => {
  if (event.path === '/fail') return callback(new Error('as told'))
  const body = Buffer.from(event.body, 'base64').toString()
  const { httpMethod, path, queryStringParameters, multiValueQueryStringParameters, headers } = event
  callback(null, {
    statusCode: 203,
    headers: { 'x-one': 1 },
    multiValueHeaders: { 'x-two': ['a', 'b'] },
    body: Buffer.from(JSON.stringify({ httpMethod, path, queryStringParameters, multiValueQueryStringParameters, own: headers['x-own'], body })).toString('base64'),
    isBase64Encoded: true,
  })
}
